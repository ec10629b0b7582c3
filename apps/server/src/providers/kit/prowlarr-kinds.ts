import type { Json, JsonObject } from '../../domain/json.ts'

/** Prowlarr's events, by the names that its custom scripts get. */
export type ProwlarrKind = 'Grab' | 'Health' | 'HealthRestored' | 'ApplicationUpdate' | 'Test'

/** The fields that identify an event. */
export interface Said {
  type: string
  category: string
  data: JsonObject
}

const KINDS: readonly ProwlarrKind[] = ['Grab', 'Health', 'HealthRestored', 'ApplicationUpdate', 'Test']

/** The last part of an event type's key, letters only. */
const BY_KEY: Record<string, ProwlarrKind> = {
  grab: 'Grab',
  releasegrabbed: 'Grab',
  health: 'Health',
  healthissue: 'Health',
  healthrestored: 'HealthRestored',
  applicationupdate: 'ApplicationUpdate',
  update: 'ApplicationUpdate',
  test: 'Test',
}

/**
 * Prowlarr's kind of an event: its type begins with `prowlarr.` or its category is `prowlarr`, and its type or `data.eventType` names the
 * kind. The hub's own test counts as one. Null for all other events.
 */
export function prowlarrKind({ type, category, data }: Said): ProwlarrKind | null {
  const own = /^prowlarr(\.|$)/
  if (!own.test(type) && !own.test(category) && type !== 'test') return null
  const key = type.replace(/^prowlarr\./, '').replace(/[^a-z]/gi, '')
  return KINDS.find((kind) => kind === data['eventType']) ?? BY_KEY[key.toLowerCase()] ?? null
}

/** The paths of each value in the data of Prowlarr's webhook; the first that exists is used. */
const PLACES = {
  instance: ['instanceName'],
  applicationUrl: ['applicationUrl'],
  release: ['release.releaseTitle', 'release.title'],
  indexer: ['release.indexer'],
  size: ['release.size'],
  genres: ['release.genres'],
  categories: ['release.categories'],
  indexerFlags: ['release.indexerFlags'],
  publishDate: ['release.publishDate'],
  // Older payloads have the client's type in `downloadClient` and its name in another field.
  downloadClient: ['downloadClientName', 'downloadClient'],
  downloadClientType: ['downloadClientType'],
  downloadId: ['downloadId'],
  trigger: ['trigger', 'grabTrigger'],
  source: ['source'],
  host: ['host'],
  redirect: ['redirect'],
  successful: ['successful'],
  check: ['source', 'type'],
  level: ['level'],
  message: ['message'],
  wiki: ['wikiUrl', 'wiki'],
  previousVersion: ['previousVersion'],
  newVersion: ['newVersion'],
} as const satisfies Record<string, readonly string[]>

export type ProwlarrValue = keyof typeof PLACES

/** Enumeration values, which Prowlarr shows with a capital letter. */
const CAPITAL: readonly ProwlarrValue[] = ['level', 'trigger']

/** One value as text; empty when absent. Lists are joined by a bar, objects with a name become the name, booleans are written as in .NET. */
export function prowlarrText(data: JsonObject, name: ProwlarrValue): string {
  const text = textOf(PLACES[name].map((place) => at(data, place)).find((found) => found !== undefined && found !== null))
  return CAPITAL.includes(name) ? text.charAt(0).toUpperCase() + text.slice(1) : text
}

const at = (data: JsonObject, place: string): Json | undefined =>
  place
    .split('.')
    .reduce<Json | undefined>(
      (found, key) => (typeof found === 'object' && found !== null && !Array.isArray(found) && Object.hasOwn(found, key) ? found[key] : undefined),
      data,
    )

function textOf(value: Json | undefined): string {
  if (value === undefined || value === null) return ''
  if (typeof value === 'boolean') return value ? 'True' : 'False'
  if (Array.isArray(value)) return value.map(textOf).join('|')
  if (typeof value === 'object') return typeof value['name'] === 'string' ? value['name'] : JSON.stringify(value)
  return String(value)
}
