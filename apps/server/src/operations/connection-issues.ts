import { stateOf } from '../connections/health.ts'
import type { Registry } from '../connections/registry.ts'
import type { Connection, TargetHealth } from '../domain/connection.ts'
import type { Clock } from '../domain/time.ts'
import type { KnownIssue } from '../storage/operations/health-issues.ts'

interface Failing {
  connection: Connection
  health: TargetHealth
}

export interface IssueParts {
  registry: Pick<Registry, 'all' | 'health'>
  /** The issues that were reported as events. */
  known(): readonly KnownIssue[]
  clock: Clock
}

/**
 * The issues as operators see them: those that were reported as events, each with the last error of its connections; and for every other channel a
 * warning from the first failure of a connection until it works, is reset or is switched off. A first failure raises no event, because most are over
 * with the next try.
 */
export function createIssues({ registry, known, clock }: IssueParts): () => KnownIssue[] {
  return () => {
    const now = clock()
    const failing = registry.all().flatMap((connection): Failing[] => {
      const health = registry.health(connection.id)
      return connection.enabled && health !== undefined && FAILING.has(stateOf(health, now)) ? [{ connection, health }] : []
    })
    const channels = Map.groupBy(failing, ({ connection }) => `connections.${connection.channel}`)
    const reported = known().map((issue) => ({ ...issue, message: [issue.message, ...(channels.get(issue.source) ?? []).map(causeOf)].join('. ') }))
    const early = [...channels]
      .filter(([source]) => !reported.some((issue) => issue.source === source))
      .map(
        ([source, some]): KnownIssue => ({
          source,
          level: 'warning',
          message: some.map(told).join('. '),
          since: Math.min(...some.map(({ health }) => health.initialFailureAt ?? now)),
        }),
      )
    return [...reported, ...early]
  }
}

const FAILING: ReadonlySet<string> = new Set(['failing', 'blocked'])

const causeOf = ({ connection, health }: Failing): string => `The last error of ${connection.name}: ${withoutStop(health.lastError)}`
const told = ({ connection, health }: Failing): string => `The connection ${connection.name} (${connection.provider}) fails: ${withoutStop(health.lastError)}`

/** Sentences are joined by full stops. */
const withoutStop = (text: string | null): string => (text ?? 'unknown').replace(/\.$/, '')
