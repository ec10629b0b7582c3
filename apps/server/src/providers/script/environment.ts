import type { Json } from '../../domain/json.ts'
import type { Message } from '../../domain/message.ts'
import { prowlarrVariables } from './prowlarr.ts'

/** Maximum bytes of one variable, and of all together: the system refuses to start a program with more. */
const ONE = 32 * 1024
const ALL = 96 * 1024

/** Variables of the hub's environment that scripts get: none that could be a secret. */
const KEPT = ['LANG', 'LC_ALL', 'TZ'] as const
const PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'

/**
 * The environment of one run: `carillon_eventtype`, `carillon_title` and so on, `carillon_data_<name>` for each field of the data (nested
 * objects joined by `_`, lists by `|`), and Prowlarr's names for its kinds. A value that is too long is left out; the JSON on stdin has it.
 */
export function scriptEnvironment(message: Message, delivery: { id: string; attempt: number; hops?: number }, home: string): Record<string, string> {
  const { event } = message
  const wanted: Record<string, string> = {
    carillon_eventtype: event.type,
    carillon_title: message.title,
    carillon_body: message.text,
    carillon_category: event.category,
    carillon_severity: message.severity,
    carillon_priority: message.priority,
    carillon_url: message.url ?? '',
    carillon_tags: event.tags.join('|'),
    carillon_eventid: event.id,
    carillon_deliveryid: delivery.id,
    carillon_attempt: String(delivery.attempt),
    carillon_hops: String(delivery.hops ?? 1),
    carillon_topic: event.topic ?? '',
    carillon_user: event.user?.id ?? '',
    carillon_test: event.test === true ? 'true' : 'false',
    ...prowlarrVariables(event),
  }
  for (const [name, value] of flat('carillon_data', event.data)) wanted[name] ??= value

  const environment: Record<string, string> = { PATH, HOME: home }
  for (const name of KEPT) if (process.env[name] !== undefined) environment[name] = process.env[name]
  let room = ALL
  for (const [name, value] of Object.entries(wanted)) {
    const clean = value.replaceAll('\u0000', '')
    const size = Buffer.byteLength(name) + Buffer.byteLength(clean) + 2
    if (size > ONE || size > room) continue
    room -= size
    environment[name] = clean
  }
  return environment
}

function* flat(name: string, value: Json): Generator<[name: string, value: string]> {
  if (value === null) yield [name, '']
  else if (Array.isArray(value)) yield [name, value.map((item) => (typeof item === 'object' ? JSON.stringify(item) : String(item))).join('|')]
  else if (typeof value === 'object')
    for (const [key, inner] of Object.entries(value)) yield* flat(`${name}_${key.toLowerCase().replace(/[^a-z0-9_]/g, '_')}`, inner)
  else yield [name, String(value)]
}
