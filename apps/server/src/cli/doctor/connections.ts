import { closedUntil, stateOf } from '../../connections/health.ts'
import type { Connection, TargetHealth } from '../../domain/connection.ts'
import { counted } from '../../domain/counted.ts'
import type { JsonObject } from '../../domain/json.ts'
import { type Clock, type Millis, toIso } from '../../domain/time.ts'
import { providers } from '../../providers/index.ts'
import type { Provider, Surroundings } from '../../providers/kit/contract.ts'
import { portOf } from '../../providers/kit/named-hosts.ts'
import { proxyOf } from '../../providers/kit/proxy.ts'
import { type Outbound, OutboundDenied } from '../../security/outbound.ts'
import type { ConnectionStore } from '../../storage/connections/connections.ts'
import type { Dialect } from '../../storage/dialects/dialect.ts'
import { type ConnectionState, connectionsToCheck, disabledChannels } from '../../storage/operations/checkup.ts'
import { type Finding, failing, ok, warning } from './finding.ts'

export interface ConnectionParts {
  dialect: Dialect
  connections: Pick<ConnectionStore, 'get'>
  outbound: Pick<Outbound, 'permits'>
  scripts: Surroundings['scripts']
  clock: Clock
}

/**
 * Checks every connection: its secrets decrypt, its form is valid, its host names resolve, the outbound guard permits its addresses, and its last
 * tries worked. One that is switched off is a warning: somebody may have forgotten it.
 */
export async function lookAtConnections(parts: ConnectionParts): Promise<Finding[]> {
  const rows = await connectionsToCheck(parts.dialect)
  const findings: Finding[] = []
  for (const row of rows) findings.push(...(await lookAtOne(row, parts)))
  if (!rows.some(({ enabled }) => enabled))
    findings.push(
      warning(
        'connections',
        `${rows.length === 0 ? 'there is none' : 'all of them are switched off'}: the hub is in log-only mode, messages are written to the log`,
        'Make one with POST /v1/connections, or switch one on; docs/connections.md shows how.',
      ),
    )
  for (const channel of await disabledChannels(parts.dialect))
    findings.push(warning(`channel ${channel}`, 'switched off for everybody: nothing is delivered on it', `Switch it on with PUT /v1/channels/${channel}.`))
  return findings
}

async function lookAtOne(row: ConnectionState, { connections, outbound, scripts, clock }: ConnectionParts): Promise<Finding[]> {
  const { id, name, provider: providerId, enabled, health } = row
  const called = `connection “${name}”`
  if (!enabled)
    return [
      warning(called, `switched off: nothing is sent through it (${providerId}, ${row.channel})`, 'Switch it on (PATCH /v1/connections/:id), or delete it.'),
    ]
  const provider = providers.find((one) => one.id === providerId)
  if (provider === undefined) return [failing(called, `this version has no provider ${providerId}`, 'Start a version that has it, or disable the connection.')]
  try {
    const connection = await connections.get(id)
    if (connection === null) return [] // removed while we looked
    const form = misfit(called, provider, connection, { scripts }) ?? (await reach(called, connection, provider, outbound))
    const tries = judgeTries(called, id, health, clock())
    return tries === null ? [form] : form.status === 'ok' ? [tries] : [form, tries]
  } catch (error) {
    return [
      failing(
        called,
        error instanceof Error ? error.message : String(error),
        'Set CARILLON_SECRET_KEY to the key that encrypted it, or enter its secrets again.',
      ),
    ]
  }
}

/** What the last tries of a connection say; null when the last one worked. */
export function judgeTries(called: string, id: string, health: TargetHealth | null, now: Millis): Finding | null {
  if (health === null) return null
  const state = stateOf(health, now)
  if (state === 'healthy') return null
  const error = health.lastError ?? 'unknown'
  const until = closedUntil(health, now)
  const waits = until === null ? '' : ` until ${toIso(until)}`
  if (state === 'paused')
    return warning(called, `paused${waits}: its vendor asked us to wait: ${error}`, 'Nothing, unless it lasts: the vendor limits how much is sent.')
  const since = health.initialFailureAt === null ? '' : ` since ${toIso(health.initialFailureAt)}`
  const tries = counted(health.failures, 'failure')
  return failing(
    called,
    `${state}${waits}: it delivers nothing${since} (${tries} in a row); the last error: ${error}`,
    `Correct what the error says, then try it: carillon connections test ${id}`,
  )
}

type Saved = Pick<Connection, 'personal' | 'settings' | 'destination'>

interface Address {
  host: string
  port: number
  use: 'mail' | 'web'
}

/** The first error, else warning, that saving would report now: a script may have been deleted since. */
function misfit(called: string, provider: Provider, { settings, destination }: Saved, around: Surroundings): Finding | null {
  const problems = provider.check({ settings, ...(destination && { destination }) }, around)
  const worst = problems.find(({ severity }) => severity !== 'warning') ?? problems[0]
  if (worst === undefined) return null
  const say = worst.severity === 'warning' ? warning : failing
  return say(called, `${worst.pointer} ${worst.message}`, 'Fix it, or save the connection with valid settings.')
}

/** Whether the guard permits every address of a connection, through its own proxy where it has one. */
export async function reach(
  called: string,
  { personal, settings, destination }: Saved,
  provider: Provider,
  outbound: Pick<Outbound, 'permits'>,
): Promise<Finding> {
  const addresses = addressesOf(provider, settings, destination)
  const proxy = proxyOf(settings)
  for (const { host, port, use } of addresses) {
    try {
      await outbound.permits({ host, port, use, proxy }, 'application')
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error)
      return error instanceof OutboundDenied
        ? failing(called, message, `To allow this address, add ${error.allowValue} to ${error.variable}.`)
        : failing(called, `${host} cannot be resolved: ${message}`, 'Correct the name, or check the DNS resolver of this machine.')
    }
  }
  return ok(
    called,
    addresses.length === 0
      ? `secrets decrypt; ${personal ? 'its addresses come from its users' : 'it has no address to check'}`
      : `secrets decrypt; ${addresses.map(({ host, port }) => `${host}:${port}`).join(', ')} allowed`,
  )
}

interface Field {
  format?: string
  default?: unknown
  'x-mentioned'?: true
}

/** The addresses in a connection's forms that the hub calls: every URL, and host and port of protocols other than HTTP. */
export function addressesOf(provider: Pick<Provider, 'settings' | 'destination'>, settings: JsonObject, destination: JsonObject | null): Address[] {
  const forms: [fields: Record<string, Field>, value: JsonObject][] = [[provider.settings.properties, settings]]
  if (destination !== null) forms.push([provider.destination.properties, destination])
  return forms.flatMap(([fields, value]) => {
    const given = (name: string) => value[name] ?? fields[name]?.default
    const urls = Object.keys(fields)
      .filter((name) => fields[name]?.format === 'http-url' && !fields[name]['x-mentioned'])
      .map(given)
      .filter((text) => typeof text === 'string')
      .flatMap(webAddress)
    const [host, port] = [given('host'), given('port')]
    return typeof host === 'string' && typeof port === 'number' ? [{ host, port, use: 'mail' }, ...urls] : urls
  })
}

function webAddress(text: string): Address[] {
  const url = URL.parse(text)
  return url === null ? [] : [{ host: url.hostname, port: portOf(url), use: 'web' }]
}
