import type { JsonObject } from '../../domain/json.ts'

/** Prowlarr's name (without its prefix) -> where the value stands in the data, first that is there. */
type Names = Record<string, readonly string[]>

const check = (kind: 'issue' | 'restored'): Names => ({
  [`health_${kind}_level`]: ['level'],
  [`health_${kind}_message`]: ['message'],
  [`health_${kind}_type`]: ['type', 'source'],
  [`health_${kind}_wiki`]: ['wikiUrl', 'wiki'],
})

/** What Prowlarr tells a custom script, by kind (https://wiki.servarr.com/prowlarr/custom-scripts); the data is that of its webhook. */
const KINDS: Record<string, Names> = {
  Grab: {
    release_title: ['release.releaseTitle', 'release.title'],
    release_indexer: ['release.indexer'],
    release_size: ['release.size'],
    release_genres: ['release.genres'],
    release_categories: ['release.categories'],
    release_indexerflags: ['release.indexerFlags'],
    release_publishdate: ['release.publishDate'],
    download_client: ['downloadClient'],
    download_client_type: ['downloadClientType'],
    download_id: ['downloadId'],
    source: ['source'],
    host: ['host'],
    redirect: ['redirect'],
  },
  Health: check('issue'),
  HealthRestored: check('restored'),
  ApplicationUpdate: { update_message: ['message'], update_newversion: ['newVersion'], update_previousversion: ['previousVersion'] },
  Test: {},
}

const COMMON: Names = { instancename: ['instanceName'], applicationurl: ['applicationUrl'] }

/** The last part of an event type's key, letters only. */
const BY_KEY: Record<string, string> = {
  grab: 'Grab',
  releasegrabbed: 'Grab',
  health: 'Health',
  healthissue: 'Health',
  healthrestored: 'HealthRestored',
  applicationupdate: 'ApplicationUpdate',
  update: 'ApplicationUpdate',
  test: 'Test',
}

/** Enumerations begin with a capital letter in variables. */
const CAPITAL = /^health_\w+_level$/

/**
 * The `prowlarr_*` variables of an event of one of Prowlarr's kinds: its type begins with `prowlarr.`, or its category is `prowlarr` and
 * its type or `data.eventType` names the kind. The hub's own test counts as one, so that scripts written for Prowlarr can be tried. Else none.
 */
export function prowlarrVariables({ type, category, data }: { type: string; category: string; data: JsonObject }): Record<string, string> {
  const own = /^prowlarr(\.|$)/
  if (!own.test(type) && !own.test(category) && type !== 'test') return {}
  const said = data['eventType']
  const kind =
    typeof said === 'string' && Object.hasOwn(KINDS, said)
      ? said
      : BY_KEY[
          type
            .replace(/^prowlarr\./, '')
            .replace(/[^a-z]/gi, '')
            .toLowerCase()
        ]
  if (kind === undefined) return {}
  const variables: Record<string, string> = { prowlarr_eventtype: kind }
  for (const [name, places] of Object.entries({ ...COMMON, ...KINDS[kind] })) {
    const value = places.map((place) => at(data, place)).find((found) => found !== undefined)
    const text = textOf(value)
    variables[`prowlarr_${name}`] = CAPITAL.test(name) ? text.charAt(0).toUpperCase() + text.slice(1) : text
  }
  return variables
}

const at = (data: unknown, place: string): unknown =>
  place
    .split('.')
    .reduce<unknown>((found, key) => (typeof found === 'object' && found !== null && Object.hasOwn(found, key) ? Reflect.get(found, key) : undefined), data)

/** Lists are joined by a bar, truth is written as .NET writes it. */
function textOf(value: unknown): string {
  if (value === undefined || value === null) return ''
  if (typeof value === 'boolean') return value ? 'True' : 'False'
  if (Array.isArray(value)) return value.map(textOf).join('|')
  return typeof value === 'object' ? JSON.stringify(value) : String(value)
}
