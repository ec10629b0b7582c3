import type { Json, JsonObject } from '../../domain/json.ts'
import { FIELDS_WITH_SERVERS, SERVER_FIELDS } from '../../domain/server-fields.ts'
import { bareHost, hostPort } from '../../security/outbound.ts'
import { member } from './receipt.ts'

const PORTS: Record<string, number> = { 'http:': 80, 'https:': 443, 'mqtt:': 1883, 'mqtts:': 8883 }

/** The port that an address means; that of the web where its scheme has none that we know. */
export const portOf = ({ port, protocol }: Pick<URL, 'port' | 'protocol'>): number => (port === '' ? (PORTS[protocol] ?? 80) : Number(port))

/** Host and port of an address, normalised: `ntfy.lan:443`, `[fd00::1]:8080`; null when it names none. */
export function hostOf(address: string): string | null {
  const url = URL.parse(address)
  if (url === null || url.hostname === '') return null
  return hostPort(bareHost(url.hostname), portOf(url))
}

/**
 * Host and port of every server that the settings of a connection name: in the fields of `domain/server-fields.ts`, as a URL (also inside a longer
 * text), as `host` and `port`, or as a bare name, which is an https server. A picture is no server that the hub calls, and a proxy none that is called by its name.
 */
export function hostsIn(settings: object): ReadonlySet<string> {
  let found = hosts.get(settings)
  if (found === undefined) {
    found = new Set(NAMING.flatMap((name) => [...namedIn(member(settings, name))]))
    const [host, port] = [member(settings, 'host'), member(settings, 'port')]
    if (typeof host === 'string' && typeof port === 'number') found.add(hostPort(bareHost(host), port))
    hosts.set(settings, found)
  }
  return found
}

/** Settings are frozen, and the same object as long as a connection is unchanged. */
const hosts = new WeakMap<object, Set<string>>()
const NAMING = [...SERVER_FIELDS.filter((name) => name !== 'host' && name !== 'proxy'), ...FIELDS_WITH_SERVERS]

function* namedIn(value: unknown): Generator<string> {
  if (Array.isArray(value)) for (const entry of value) yield* namedIn(entry)
  if (typeof value !== 'string') return
  // The lookbehind keeps the search linear: a scheme is looked for once in a long word, not from each of its letters.
  for (const [address] of value.matchAll(/(?<![a-z0-9+.-])[a-z][a-z0-9+.-]*:\/\/[^\s"'<>\\]+/gi)) {
    const host = hostOf(address)
    if (host !== null) yield host
  }
  if (/^[a-z0-9._-]+$/i.test(value)) yield hostPort(bareHost(value), 443)
}

/**
 * Whether a form may name this server (`host:port`), anywhere and in any spelling. Rather once too often: it decides what a person named, where
 * nothing else can be checked.
 */
export function names(form: JsonObject, server: string): boolean {
  const host = server.replace(/:\d+$/, '').replace(/^\[|\]$/g, '')
  return textsIn(form).some((text) => {
    if (text.toLowerCase().includes(host)) return true
    return [...text.matchAll(/(?<![a-z0-9+.-])[a-z][a-z0-9+.-]*:\/\/[^\s"'<>\\]+/gi), [text], [`x://${text}`]].some(([address = '']) => {
      const url = URL.parse(address.replace(/^[^:]*:/, 'http:'))
      return url !== null && bareHost(url.hostname) === host
    })
  })
}

function textsIn(value: Json | undefined): string[] {
  if (typeof value === 'string') return [value]
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(textsIn) : []
}
