import { describe, expect, it } from 'vitest'
import { createCatalogue } from '../catalogue/catalogue.ts'
import type { EventReport, Reported } from '../domain/report.ts'
import { anEventType, NOON } from '../domain/testing/samples.ts'
import { CarillonError } from '../errors.ts'
import { type AcceptParts, createAccept } from './accept.ts'

const aReport = (more: Partial<EventReport> = {}): EventReport => ({ type: 'build.failed', to: [{ kind: 'user', id: 'ada' }], data: {}, ...more })

function accepting(more: Partial<AcceptParts> = {}) {
  const kept: Reported[] = []
  const catalogue = createCatalogue()
  catalogue.replace([anEventType({ schema: { type: 'object', properties: { branch: { type: 'string' } }, additionalProperties: false } })])
  const accept = createAccept({
    catalogue,
    admit: { seal: (_schema, data) => ({ data, sensitive: null }), dedupKey: () => '', veil: (text) => text, channels: [], applicationUrl: null },
    keep: async (reported) => {
      kept.push(reported)
      return { kind: 'stored' }
    },
    unknownTopics: async (keys) => new Set(keys.filter((key) => key !== 'web')),
    admission: () => {},
    clock: () => NOON,
    ...more,
  })
  return { accept, kept }
}

/** The code and fields of the error that a promise rejects with. */
const refusal = async (promise: Promise<unknown>) => {
  const error: unknown = await promise.then(
    () => new Error('it was accepted'),
    (reason: unknown) => reason,
  )
  if (!(error instanceof CarillonError)) throw error
  return [error.code, error.errors.map(({ pointer }) => pointer)]
}

describe('one report', () => {
  it('returns the id of the stored event', async () => {
    const { accept, kept } = accepting()
    const { id, replayed } = await accept.report(aReport(), { key: 'k', hash: 'h' })
    expect(replayed).toBe(false)
    expect(kept).toMatchObject([{ events: [{ id, type: 'build.failed' }], answer: JSON.stringify({ id }), idempotency: { key: 'k', hash: 'h' }, at: NOON }])
  })

  it('is not answered before it is stored', async () => {
    let keep = () => {}
    const { accept } = accepting({
      keep: () =>
        new Promise((resolve) => {
          keep = () => resolve({ kind: 'stored' })
        }),
    })
    let answered = false
    const answer = accept.report(aReport()).then(() => {
      answered = true
    })
    await new Promise((resolve) => setImmediate(resolve))
    expect(answered).toBe(false)
    keep()
    await answer
  })

  it('with a repeated idempotency key gets the first response again', async () => {
    const { accept } = accepting({ keep: async () => ({ kind: 'replayed', answer: '{"id":"evt_first"}' }) })
    expect(await accept.report(aReport())).toEqual({ id: 'evt_first', replayed: true })
  })

  it('is refused, with the field, before anything is stored', async () => {
    const { accept, kept } = accepting()
    expect(await refusal(accept.report(aReport({ type: 'nope' })))).toEqual(['unknown_event_type', ['/type']])
    expect(await refusal(accept.report(aReport({ data: { branch: 7 } })))).toEqual(['invalid_data', ['/data/branch']])
    expect(
      await refusal(
        accept.report(
          aReport({
            to: [
              { kind: 'topic', key: 'web' },
              { kind: 'topic', key: 'nope' },
            ],
          }),
        ),
      ),
    ).toEqual(['unknown_topic', ['/to/1/topic']])
    expect(kept).toEqual([])
  })

  it('is refused when the store refuses it, or nothing is accepted now', async () => {
    const refused = accepting({ keep: async () => ({ kind: 'refused', error: new CarillonError('idempotency_mismatch') }) })
    expect(await refusal(refused.accept.report(aReport()))).toEqual(['idempotency_mismatch', []])
    const full = accepting({
      admission: () => {
        throw new CarillonError('storage_full')
      },
    })
    expect(await refusal(full.accept.report(aReport()))).toEqual(['storage_full', []])
    expect(await refusal(full.accept.reportBatch([aReport()]))).toEqual(['storage_full', []])
    expect(full.kept).toEqual([])
  })
})

describe('a batch of reports', () => {
  it('stores the valid items together and returns an error in place of each invalid one', async () => {
    const { accept, kept } = accepting()
    const { results, replayed } = await accept.reportBatch([aReport(), aReport({ type: 'nope' }), aReport({ data: { branch: 'main' } })])
    expect(replayed).toBe(false)
    expect(results.map((result) => ('id' in result ? 'id' : result.error.code))).toEqual(['id', 'unknown_event_type', 'id'])
    expect(kept).toHaveLength(1)
    expect(kept[0]!.events.map(({ id }) => id)).toEqual(results.flatMap((result) => ('id' in result ? [result.id] : [])))
  })

  it('without a valid item stores nothing', async () => {
    const { accept, kept } = accepting()
    const { results } = await accept.reportBatch([aReport({ type: 'nope' })])
    expect(results).toHaveLength(1)
    expect(kept).toEqual([])
  })

  it('with a repeated idempotency key gets the first results again, errors included', async () => {
    const first = accepting()
    const before = await first.accept.reportBatch([aReport(), aReport({ type: 'nope' })])
    const again = accepting({ keep: async () => ({ kind: 'replayed', answer: first.kept[0]!.answer }) })
    const { results, replayed } = await again.accept.reportBatch([aReport(), aReport({ type: 'nope' })])
    expect(replayed).toBe(true)
    expect(results).toEqual(before.results)
    expect(results[1]).toMatchObject({ error: { code: 'unknown_event_type', status: 422, errors: [{ pointer: '/type' }] } })
  })

  it('fails as a whole when the store fails', async () => {
    const { accept, kept } = accepting({ unknownTopics: () => Promise.reject(new Error('no database')) })
    await expect(accept.reportBatch([aReport(), aReport({ to: [{ kind: 'topic', key: 'web' }] })])).rejects.toThrow('no database')
    expect(kept).toEqual([])
  })
})
