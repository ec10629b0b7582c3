import type { JsonObject } from '../../domain/json.ts'
import { type ProwlarrKind, prowlarrKind } from './prowlarr-kinds.ts'

/** Data to show for an event type of which vendors know the kind, for tests where it brings no sample of its own; null for every other one. */
export function sampleOfKind({ key, category }: { key: string; category: string }): JsonObject | null {
  const kind = prowlarrKind({ type: key, category, data: {} })
  return kind === null ? null : PROWLARR[kind]
}

const CHECK = {
  instanceName: 'Prowlarr',
  level: 'warning',
  message: 'Test health check warning',
  type: 'IndexerStatusCheck',
  wikiUrl: 'https://wiki.servarr.com/prowlarr/system#test-health-check-warning',
}

/** In the shape of Prowlarr's webhook. */
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
