import type { HubHealth } from '@carillon/client'
import type { Registry } from '../connections/registry.ts'
import { counted, nounFor } from '../domain/counted.ts'
import { type Clock, SECOND, toIso } from '../domain/time.ts'
import type { Admission } from '../pipeline/admission.ts'
import type { Dialect } from '../storage/dialects/dialect.ts'
import { unconnectedDeliveries } from '../storage/operations/backlog.ts'
import type { KnownIssue } from '../storage/operations/health-issues.ts'
import { sendingHold } from '../storage/operations/sending-hold.ts'
import { putSetting } from '../storage/operations/settings.ts'
import { version } from '../version.ts'
import { heldSentence } from './held-sentence.ts'
import { inTime } from './in-time.ts'

export interface HealthParts {
  dialect: Dialect
  admission: Pick<Admission, 'state'>
  /** Free bytes below which no event is accepted. */
  diskFloor: number
  registry: Pick<Registry, 'all'>
  clock: Clock
  issues(): readonly KnownIssue[]
}

const MIB = 1024 * 1024
/** Probes must not become load themselves. */
const CACHED = SECOND

const WORST_FIRST = ['failing', 'error', 'warning'] as const

export interface Health {
  /** All checks: a real write, free disk space, the backlog, and whether any connection is usable. */
  all(): Promise<HubHealth>
  /** The worst of the checks that ask the database for nothing but that write: a load balancer asks every few seconds. */
  ready(): Promise<HubHealth['status']>
}

export function createHealth({ dialect, admission, diskFloor, registry, clock, issues }: HealthParts): Health {
  let written: { at: number; error: Promise<string | null> } | null = null

  async function write(): Promise<string | null> {
    try {
      await inTime(putSetting(dialect, 'health_write', String(clock())))
      return null
    } catch (cause) {
      return cause instanceof Error ? cause.message : String(cause)
    }
  }

  /** One write for all who ask at the same time, and for those who ask soon after it began. */
  function lastWrite(): Promise<string | null> {
    const age = written === null ? CACHED : clock() - written.at
    // Below 0 the clock was set back, and the last write may be an hour old.
    if (written === null || age >= CACHED || age < 0) written = { at: clock(), error: write() }
    return written.error
  }

  function own(error: string | null): HubHealth['checks'] {
    const { refusal, waiting, free } = admission.state()
    return [
      { name: 'database', status: error === null ? 'ok' : 'failing', detail: error === null ? 'a row was written' : awayDetail(error) },
      {
        name: 'intake',
        status: refusal === null && error === null ? 'ok' : 'failing',
        detail: refusal ?? (error === null ? `${counted(waiting, 'event')} ${nounFor(waiting, 'waits', 'wait')} for fan-out` : 'unavailable'),
      },
      {
        name: 'disk',
        status: refusal === 'storage_full' ? 'failing' : 'ok',
        detail: diskDetail(free, diskFloor),
      },
      connectionsCheck(registry, issues()),
    ]
  }

  return {
    ready: async () => worst(own(await lastWrite())),
    async all() {
      const error = await lastWrite()
      // Together: while the database hangs each takes as long as it may.
      const [unconnected, hold] = await Promise.all([unconnectedCheck(dialect, error), holdCheck(dialect, error)])
      const checks = [...own(error), unconnected, ...hold]
      const known = issues().map((issue) => ({ ...issue, since: toIso(issue.since) }))
      return { status: worst(checks), version, engine: dialect.engine, checks, issues: known }
    },
  }
}

const worst = (checks: HubHealth['checks']): HubHealth['status'] => WORST_FIRST.find((one) => checks.some(({ status }) => status === one)) ?? 'ok'

/** The driver's words alone would not say what follows from them. */
const awayDetail = (error: string): string =>
  `a row could not be written: ${error.replace(/\.$/, '')}. Nothing is accepted or sent until it can be; then the hub goes on by itself`

/** Deliveries whose connection went away: nothing is lost, but nobody gets them until an operator acts. */
async function unconnectedCheck(dialect: Dialect, away: string | null): Promise<HubHealth['checks'][number]> {
  const name = 'unconnected'
  try {
    if (away !== null) throw new Error(away)
    const waiting = await inTime(unconnectedDeliveries(dialect))
    if (waiting.length === 0) return { name, status: 'ok', detail: 'no delivery waits for a connection' }
    const counts = waiting.map(({ channel, count }) => `${count} on ${channel}`).join(', ')
    return { name, status: 'warning', detail: `deliveries wait for a connection of their channel: ${counts}; add or enable one` }
  } catch {
    return { name, status: 'warning', detail: 'unknown: the database could not be read' }
  }
}

/** After a restore; absent while sending is free. That the database cannot be read is said by the checks before. */
async function holdCheck(dialect: Dialect, away: string | null): Promise<HubHealth['checks']> {
  if (away !== null) return []
  try {
    const hold = await inTime(sendingHold(dialect))
    return hold === null ? [] : [{ name: 'sending', status: 'warning', detail: await inTime(heldSentence(dialect, hold)) }]
  } catch {
    return []
  }
}

/** Never `failing`: a hub whose vendors are down still accepts events, and another node would be in the same state. */
function connectionsCheck(registry: Pick<Registry, 'all'>, issues: readonly KnownIssue[]): HubHealth['checks'][number] {
  const name = 'connections'
  const [on, off] = [registry.all().filter(({ enabled }) => enabled), registry.all().filter(({ enabled }) => !enabled)]
  const switchedOff = off.length === 0 ? '' : `switched off: ${off.map((one) => one.name).join(', ')}`
  if (on.length === 0) {
    const why = off.length === 0 ? 'there is no connection' : `every connection is ${switchedOff}`
    return { name, status: 'warning', detail: `log-only mode: ${why}, messages are written to the log` }
  }
  if (issues.length === 0)
    return { name, status: 'ok', detail: [`${counted(on.length, 'connection')}, none failing`, ...(switchedOff === '' ? [] : [switchedOff])].join('; ') }
  const details = [...issues.map(({ message }) => message), ...(switchedOff === '' ? [] : [`S${switchedOff.slice(1)}`])]
  return { name, status: issues.some(({ level }) => level === 'error') ? 'error' : 'warning', detail: details.join('. ') }
}

/** The free space, and where it ends to be enough. `free` is null where the engine cannot know. */
export function diskDetail(free: number | null, floor: number): string {
  if (free === null) return 'managed by the database server'
  return `${Math.floor(free / MIB)} MiB free; below ${Math.floor(floor / MIB)} MiB no event is accepted (CARILLON_DISK_FLOOR_MB)`
}
