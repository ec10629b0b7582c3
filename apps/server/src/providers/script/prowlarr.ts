import { type ProwlarrKind, type ProwlarrValue, prowlarrKind, prowlarrText, type Said } from '../kit/prowlarr-kinds.ts'

/** Prowlarr's variable name (without its prefix) -> the value. */
type Names = Record<string, ProwlarrValue>

const check = (kind: 'issue' | 'restored'): Names => ({
  [`health_${kind}_level`]: 'level',
  [`health_${kind}_message`]: 'message',
  [`health_${kind}_type`]: 'check',
  [`health_${kind}_wiki`]: 'wiki',
})

/** Prowlarr's variables for custom scripts, by kind (https://wiki.servarr.com/prowlarr/custom-scripts). */
const NAMES: Record<ProwlarrKind, Names> = {
  Grab: {
    release_title: 'release',
    release_indexer: 'indexer',
    release_size: 'size',
    release_genres: 'genres',
    release_categories: 'categories',
    release_indexerflags: 'indexerFlags',
    release_publishdate: 'publishDate',
    download_client: 'downloadClient',
    download_client_type: 'downloadClientType',
    download_id: 'downloadId',
    source: 'source',
    host: 'host',
    redirect: 'redirect',
  },
  Health: check('issue'),
  HealthRestored: check('restored'),
  ApplicationUpdate: { update_message: 'message', update_newversion: 'newVersion', update_previousversion: 'previousVersion' },
  Test: {},
}

const COMMON: Names = { instancename: 'instance', applicationurl: 'applicationUrl' }

/** The `prowlarr_*` variables for an event of one of Prowlarr's kinds, so that scripts written for Prowlarr work unchanged; else none. */
export function prowlarrVariables(event: Said): Record<string, string> {
  const kind = prowlarrKind(event)
  if (kind === null) return {}
  const variables: Record<string, string> = { prowlarr_eventtype: kind }
  for (const [name, value] of Object.entries({ ...COMMON, ...NAMES[kind] })) variables[`prowlarr_${name}`] = prowlarrText(event.data, value)
  return variables
}
