import { expect, it } from 'vitest'
import { prowlarrVariables } from './prowlarr.ts'

it.each([
  [
    {
      type: 'prowlarr.grab',
      category: 'prowlarr',
      data: { release: { releaseTitle: 'T', indexer: 'I', genres: ['a', 'b'] }, redirect: false, instanceName: 'P' },
    },
    { eventtype: 'Grab', release_title: 'T', release_indexer: 'I', release_genres: 'a|b', release_size: '', redirect: 'False', instancename: 'P' },
  ],
  [
    { type: 'prowlarr.health', category: 'health', data: { level: 'warning', message: 'M', type: 'IndexerStatusCheck', wikiUrl: 'https://w' } },
    { eventtype: 'Health', health_issue_level: 'Warning', health_issue_message: 'M', health_issue_type: 'IndexerStatusCheck', health_issue_wiki: 'https://w' },
  ],
  [
    { type: 'health.restored', category: 'prowlarr', data: { level: 'error' } },
    { eventtype: 'HealthRestored', health_restored_level: 'Error' },
  ],
  [
    { type: 'x', category: 'prowlarr', data: { eventType: 'ApplicationUpdate', newVersion: '1.1', previousVersion: '1.0' } },
    { eventtype: 'ApplicationUpdate', update_newversion: '1.1', update_previousversion: '1.0' },
  ],
  [{ type: 'test', category: 'system', data: {} }, { eventtype: 'Test' }],
])('Prowlarr’s names for %j', (event, expected) =>
  expect(prowlarrVariables(event)).toMatchObject(Object.fromEntries(Object.entries(expected).map(([name, value]) => [`prowlarr_${name}`, value]))),
)
