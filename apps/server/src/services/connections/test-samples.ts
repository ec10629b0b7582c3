import type { Subscription } from '../../domain/connection.ts'
import type { EventType } from '../../domain/event-type.ts'
import type { JsonObject } from '../../domain/json.ts'
import { type ProwlarrKind, prowlarrKind } from '../../providers/kit/prowlarr-kinds.ts'

/** An event type with something to show. */
export type Sample = EventType & { sample: JsonObject }

/**
 * One event type, with data to show, for each that a connection listens to, in its order; conditions do not count, for this is a test.
 * `*`, and a connection that names none that is registered, stand for the general test message.
 */
export function samplesOf(events: readonly Subscription[], find: (key: string) => EventType | undefined): Sample[] {
  const keys = new Set(events.map(({ type }) => (type === '*' ? 'test' : type)))
  const types = [...keys].flatMap((key) => find(key) ?? [])
  return (types.length > 0 ? types : [find('test')!]).map((type) => ({ ...type, sample: type.sample ?? sampleOfKind(type) }))
}

function sampleOfKind({ key, category }: EventType): JsonObject {
  const kind = prowlarrKind({ type: key, category, data: {} })
  return kind === null ? {} : PROWLARR[kind]
}

const CHECK = {
  instanceName: 'Prowlarr',
  level: 'warning',
  message: 'Test health check warning',
  type: 'IndexerStatusCheck',
  wikiUrl: 'https://wiki.servarr.com/prowlarr/system#test-health-check-warning',
}

/** For Prowlarr's kinds, in the shape of its webhook, where the event type brings no sample of its own. */
const PROWLARR: Record<ProwlarrKind, JsonObject> = {
  Grab: {
    instanceName: 'Prowlarr',
    message: 'Sample.Release.2024.1080p.WEB.x264 grabbed by Sonarr from Sample Indexer and sent to qBittorrent',
    release: {
      releaseTitle: 'Sample.Release.2024.1080p.WEB.x264',
      indexer: 'Sample Indexer',
      size: 1_500_000_000,
      categories: ['Movies/HD'],
      genres: [],
      indexerFlags: ['freeleech'],
      publishDate: '2024-01-01T00:00:00Z',
    },
    trigger: 'api',
    source: 'Sonarr',
    host: 'sonarr',
    downloadClient: 'qBittorrent',
    downloadClientType: 'qBittorrent',
    downloadId: '0000000000000000000000000000000000000000',
    redirect: false,
    successful: true,
  },
  Health: CHECK,
  HealthRestored: CHECK,
  ApplicationUpdate: { instanceName: 'Prowlarr', message: 'Prowlarr updated from 1.0 to 1.1', previousVersion: '1.0', newVersion: '1.1' },
  Test: {},
}
