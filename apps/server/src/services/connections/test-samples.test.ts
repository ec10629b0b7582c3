import { describe, expect, it } from 'vitest'
import { anEventType } from '../../domain/testing/samples.ts'
import { samplesOf } from './test-samples.ts'

const catalogue = [
  anEventType({ key: 'test', category: 'system', sample: {} }),
  anEventType({ key: 'build.failed', sample: { n: 7 } }),
  anEventType({ key: 'build.passed' }),
  anEventType({ key: 'prowlarr.grab', category: 'prowlarr' }),
  anEventType({ key: 'prowlarr.health', category: 'prowlarr' }),
  anEventType({ key: 'prowlarr.health_restored', category: 'prowlarr' }),
  anEventType({ key: 'update', category: 'prowlarr' }),
  anEventType({ key: 'prowlarr.health_issue', category: 'prowlarr', sample: { message: 'Its own' } }),
]
const samples = (...types: string[]) =>
  samplesOf(
    types.map((type) => ({ type })),
    (key) => catalogue.find((type) => type.key === key),
  ).map(({ key, sample }) => [key, sample])

describe('the samples of a test', () => {
  it('are those of the event types, in the order in which the connection names them, each once', () => {
    expect(samples('build.passed', 'build.failed', 'build.passed')).toEqual([
      ['build.passed', {}],
      ['build.failed', { n: 7 }],
    ])
  })

  it.each([[[]], [['*']], [['gone.type']], [['*', 'test']]])('are one general message for %j', (types) => {
    expect(samples(...types)).toEqual([['test', {}]])
  })

  it('leave out unknown event types, and read `*` as one general message', () => {
    expect(samples('gone.type', 'build.failed', '*').map(([key]) => key)).toEqual(['build.failed', 'test'])
  })

  it('of Prowlarr’s kinds match its document', () => {
    expect(samples('prowlarr.health', 'prowlarr.grab', 'update', 'prowlarr.health_restored')).toMatchObject([
      ['prowlarr.health', { message: 'Test health check warning', level: 'warning', type: 'IndexerStatusCheck' }],
      ['prowlarr.grab', { release: { releaseTitle: expect.any(String), indexer: expect.any(String) }, trigger: 'api' }],
      ['update', { message: 'Prowlarr updated from 1.0 to 1.1', previousVersion: '1.0', newVersion: '1.1' }],
      ['prowlarr.health_restored', { message: 'Test health check warning' }],
    ])
  })

  it('of an event type with its own sample are that one', () => {
    expect(samples('prowlarr.health_issue')).toEqual([['prowlarr.health_issue', { message: 'Its own' }]])
  })
})
