import type { Connection } from '../../domain/connection.ts'
import type { JsonObject } from '../../domain/json.ts'
import { providers } from '../../providers/index.ts'
import type { Provider, Surroundings } from '../../providers/kit/contract.ts'
import { type Outbound, OutboundDenied } from '../../security/outbound.ts'
import type { ConnectionStore } from '../../storage/connections/connections.ts'
import type { Dialect } from '../../storage/dialects/dialect.ts'
import { enabledConnections } from '../../storage/operations/checkup.ts'
import { type Finding, failing, ok, warning } from './finding.ts'

export interface ConnectionParts {
  dialect: Dialect
  connections: Pick<ConnectionStore, 'get'>
  outbound: Pick<Outbound, 'permits'>
  scripts: Surroundings['scripts']
}

/** Checks every enabled connection: its secrets decrypt, its form is valid, its host names resolve, and the outbound guard permits its addresses. */
export async function lookAtConnections({ dialect, connections, outbound, scripts }: ConnectionParts): Promise<Finding[]> {
  const rows = await enabledConnections(dialect)
  if (rows.length === 0)
    return [
      warning(
        'connections',
        'there is none: the hub is in log-only mode, messages are written to the log',
        'Make one with POST /v1/connections; docs/connections.md shows how.',
      ),
    ]
  const findings: Finding[] = []
  for (const { id, name, provider: providerId } of rows) {
    const called = `connection “${name}”`
    const provider = providers.find((one) => one.id === providerId)
    if (provider === undefined) {
      findings.push(failing(called, `this version has no provider ${providerId}`, 'Start a version that has it, or disable the connection.'))
      continue
    }
    try {
      const connection = await connections.get(id)
      if (connection === null) continue // removed while we looked
      findings.push(misfit(called, provider, connection, { scripts }) ?? (await reach(called, connection, provider, outbound)))
    } catch (error) {
      findings.push(
        failing(
          called,
          error instanceof Error ? error.message : String(error),
          'Set CARILLON_SECRET_KEY to the key that encrypted it, or enter its secrets again.',
        ),
      )
    }
  }
  return findings
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

async function reach(called: string, { personal, settings, destination }: Saved, provider: Provider, outbound: Pick<Outbound, 'permits'>): Promise<Finding> {
  const addresses = addressesOf(provider, settings, destination)
  for (const { host, port, use } of addresses) {
    try {
      await outbound.permits({ host, port, use }, 'application')
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
}

/** The vendor fetches pictures, not the hub. */
const PICTURE = /avatar|icon|image|picture/i

/** The addresses in a connection's forms: every URL, and host and port of protocols other than HTTP. */
export function addressesOf(provider: Pick<Provider, 'settings' | 'destination'>, settings: JsonObject, destination: JsonObject | null): Address[] {
  const forms: [fields: Record<string, Field>, value: JsonObject][] = [[provider.settings.properties, settings]]
  if (destination !== null) forms.push([provider.destination.properties, destination])
  return forms.flatMap(([fields, value]) => {
    const given = (name: string) => value[name] ?? fields[name]?.default
    const urls = Object.keys(fields)
      .filter((name) => fields[name]?.format === 'http-url' && !PICTURE.test(name))
      .map(given)
      .filter((text) => typeof text === 'string')
      .flatMap(webAddress)
    const [host, port] = [given('host'), given('port')]
    return typeof host === 'string' && typeof port === 'number' ? [{ host, port, use: 'mail' }, ...urls] : urls
  })
}

function webAddress(text: string): Address[] {
  const url = URL.parse(text)
  return url === null ? [] : [{ host: url.hostname, port: Number(url.port) || (url.protocol === 'https:' ? 443 : 80), use: 'web' }]
}
