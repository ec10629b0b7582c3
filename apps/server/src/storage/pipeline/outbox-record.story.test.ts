import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { engines, openTestStore, type TestStore } from '../../../test/setup/engines.ts'
import type { Claimed } from '../../delivery/job.ts'
import { ended, heldBack, noOutcome, type Outcome, postponed } from '../../delivery/outcome.ts'
import { aClaimed } from '../../delivery/testing/job.ts'
import { NOON } from '../../domain/testing/samples.ts'
import { HOUR } from '../../domain/time.ts'
import { codeOf } from '../delivery-states.ts'
import { inTransaction } from '../in-transaction.ts'
import { recordParts } from '../testing/recording.ts'
import { deliveryRows, type GivenDelivery, idOf, insertDelivery, insertEvent } from '../testing/rows.ts'
import { recordOutcomes } from './outbox-record.ts'

const EVENT = idOf('evt', '1')
/** The number of this process. */
const NODE = 7

describe.each(engines)('outcomes in the store (%s)', (engine) => {
  let store: TestStore
  beforeAll(async () => {
    store = await openTestStore(engine)
  })
  beforeEach(async () => {
    await store.dialect.db.deleteFrom('deliveries').execute()
    await store.dialect.db.deleteFrom('events').execute()
  })
  afterAll(() => store.close())

  const record = (...outcomes: Outcome[]) => inTransaction(store.dialect, (trx) => recordOutcomes(recordParts(store.dialect, NODE, NOON), trx, outcomes))
  /** A delivery whose second attempt is under way after a failed one. */
  const sending = (label: string, more: GivenDelivery = {}) =>
    insertDelivery(store.dialect, {
      ...{ id: idOf('dlv', label), event: EVENT, connection_id: 'con_mail', state: 'sending', due_at: NOON, attempts: 2, crashes: 1, owner: NODE },
      ...{ created_at: NOON, error_code: 'http_503', error: 'busy', ...more },
    })
  const row = async (label: string) => (await deliveryRows(store.dialect)).find(({ id }) => id === idOf('dlv', label))!
  const claimed = (label: string) => aClaimed({ id: idOf('dlv', label), eventId: EVENT, attempts: 2, crashes: 1 })

  it('an attempt that a rule holds is not counted, and keeps the error and the crashes of those before', async () => {
    await sending('1')
    await record(heldBack(claimed('1'), 'digest', NOON + HOUR))
    expect(await row('1')).toMatchObject({
      ...{ state: 'held', attempts: 1, crashes: 1, connection_id: null, held_for: 'digest', held_until: NOON + HOUR, finished_at: null },
      ...{ error_code: 'http_503', owner: null },
    })
    const decisions = await store.dialect.db.selectFrom('decisions').select(['channel', 'decision', 'reason', 'detail']).execute()
    expect(decisions).toEqual([{ channel: 'email', decision: 'hold', reason: 'digest', detail: `until ${new Date(NOON + HOUR).toISOString()}` }])
  })

  it('an attempt that is put off is not counted and stays queued', async () => {
    await sending('1')
    await record(postponed(claimed('1'), NOON + HOUR))
    expect(await row('1')).toMatchObject({ state: 'queued', attempts: 1, crashes: 1, connection_id: 'con_mail', finished_at: null, error_code: 'http_503' })
  })

  it('an attempt that was made counts, and clears the error and the crashes', async () => {
    await sending('1')
    await record({ ...noOutcome(claimed('1')), state: 'sent' })
    expect(await row('1')).toMatchObject({ state: 'sent', attempts: 2, crashes: 0, finished_at: NOON, error_code: null })
  })

  it('a delivery that another node took over is left alone', async () => {
    await sending('1', { owner: 99 })
    await record({ ...noOutcome(claimed('1')), state: 'sent' })
    expect(await row('1')).toMatchObject({ state: 'sending', owner: 99 })
  })

  it('an attempt that ends a delivery leaves its due time', async () => {
    await sending('1', { due_at: 7 })
    await sending('2', { due_at: 7 })
    await record({ ...noOutcome(claimed('1')), state: 'sent' }, ended(claimed('2'), 'failed', { code: 'http_400', sentence: 'x' }, NOON))
    expect((await deliveryRows(store.dialect)).map(({ state, due_at }) => [state, due_at])).toEqual([
      ['sent', 7],
      ['failed', 7],
    ])
  })

  it('the secrets of an event are deleted only when no delivery waits, not even a held one', async () => {
    const { db } = store.dialect
    await insertEvent(store.dialect, { id: EVENT, sensitive: 'sealed' })
    const sealed = async () => (await db.selectFrom('events').select('sensitive').executeTakeFirstOrThrow()).sensitive
    const secret = (label: string): Claimed => ({ ...claimed(label), sensitive: true })
    for (const id of ['1', '2']) await sending(id)
    await record(heldBack(secret('1'), 'quiet_hours', NOON + HOUR))
    await record({ ...noOutcome(secret('2')), state: 'sent' })
    expect(await sealed()).toBe('sealed')
    await db
      .updateTable('deliveries')
      .set({ state: codeOf('sending'), owner: NODE, attempts: 2 })
      .where('state', '=', codeOf('held'))
      .execute()
    await record(ended(secret('1'), 'suppressed', { code: 'channel_off', sentence: 'x' }, NOON))
    expect(await sealed()).toBeNull()
  })

  const plain = (label: string, more: Partial<Claimed> = {}): Outcome => {
    const delivery = { ...claimed(label), attempts: 1, connectionId: 'con_mail', ...more }
    const sent = { connectionId: 'con_mail', at: NOON - 3, ms: 2, outcome: 'sent' as const, code: null, status: null, detail: null }
    return { ...noOutcome(delivery), state: 'sent', tries: [sent], externalId: 'x-1' }
  }
  const attempts = () => store.dialect.db.selectFrom('attempts').select(['n', 'connection_id', 'outcome', 'detail']).execute()

  it('a first attempt that was sent is in the row of its delivery alone', async () => {
    await store.dialect.db.deleteFrom('attempts').execute()
    await sending('1', { attempts: 1, error_code: null, error: null })
    await record(plain('1'))
    const sent = { state: 'sent', owner: null, crashes: 0, finished_at: NOON, tried_at: NOON - 3, tried_ms: 2, external_id: 'x-1', connection_id: 'con_mail' }
    expect(await row('1')).toMatchObject(sent)
    expect(await attempts()).toEqual([])
  })

  it('a first attempt that was sent after another node took the delivery over has a row of its own, once', async () => {
    await store.dialect.db.deleteFrom('attempts').execute()
    await sending('1', { owner: 99, attempts: 2 })
    await sending('2', { attempts: 1 })
    for (const _again of ['first', 'after a commit whose answer was lost']) await record(plain('1'), plain('2'))
    expect(await row('1')).toMatchObject({ state: 'sending', owner: 99, tried_at: null })
    expect(await row('2')).toMatchObject({ state: 'sent', tried_at: NOON - 3 })
    expect(await attempts()).toEqual([{ n: 1, connection_id: 'con_mail', outcome: 'sent', detail: null }])
    const { delivery_id } = await store.dialect.db
      .selectFrom('attempts')
      .select(store.dialect.publicId('dlv', 'delivery_id').as('delivery_id'))
      .executeTakeFirstOrThrow()
    expect(delivery_id).toBe(idOf('dlv', '1'))
  })

  it('what was called off never goes back to the queue, whatever the reason; what ended keeps its end', async () => {
    const label = ['1', '2', '3', '4', '5']
    for (const one of label) await sending(one, { cancelled_at: NOON - 5 })
    await record(
      postponed(claimed('1'), NOON + HOUR),
      { ...noOutcome(claimed('2')), state: 'queued', dueAt: NOON + HOUR, error: { code: 'http_503', sentence: 'busy' } },
      heldBack(claimed('3'), 'digest', NOON + HOUR),
      { ...noOutcome(claimed('4')), state: 'sent' },
      ended(claimed('5'), 'failed', { code: 'http_400', sentence: 'x' }, NOON),
    )
    const nothing = { owner: null, held_for: null, held_until: null }
    expect(await deliveryRows(store.dialect)).toMatchObject([
      { state: 'cancelled', attempts: 1, finished_at: NOON - 5, ...nothing },
      { state: 'cancelled', attempts: 2, finished_at: NOON - 5, error_code: 'http_503', ...nothing },
      { state: 'cancelled', attempts: 1, finished_at: NOON - 5, ...nothing },
      { state: 'sent', attempts: 2, finished_at: NOON, ...nothing },
      { state: 'failed', attempts: 2, finished_at: NOON, ...nothing },
    ])
  })

  it('what was called off is not tried again when its connection is taken to be at fault', async () => {
    const labels = ['1', '2', '3', '4', '5']
    for (const [i, label] of labels.entries()) await sending(label, { cancelled_at: i === 1 ? NOON - 5 : null })
    const refused = (label: string): Outcome => {
      const refusal = { likeness: 'alike', ofRecipient: false, destination: `dst_${label}`, delivery: idOf('dlv', label), event: EVENT, reporter: label }
      return {
        ...ended(claimed(label), 'failed', { code: 'http_400', sentence: 'x' }, NOON),
        health: [{ target: 'con_mail', error: 'x', at: NOON, refusal }],
      }
    }
    await record(...labels.map(refused))
    expect((await deliveryRows(store.dialect)).map(({ state }) => state)).toEqual(['queued', 'failed', 'queued', 'queued', 'queued'])
  })

  it('an outcome that could not be written in its time says nothing of the next claim of the same process', async () => {
    await store.dialect.db.deleteFrom('attempts').execute()
    // The second one was put off by a commit whose answer was lost, which counts as no attempt; then all were claimed again.
    for (const label of ['1', '2', '3']) await sending(label, { attempts: label === '2' ? 2 : 3, lease: 1 })
    await record({ ...noOutcome(claimed('1')), state: 'sent' }, { ...postponed(claimed('2'), NOON + HOUR), settled: ['one'] }, plain('3'))
    expect(await deliveryRows(store.dialect)).toMatchObject(
      [3, 2, 3].map((attempts) => ({ state: 'sending', attempts, owner: NODE, settled: null, tried_at: null })),
    )
    expect(await attempts()).toMatchObject([{ n: 1, outcome: 'sent' }])
  })

  it('a later attempt, another connection and a remark have a row of their own', async () => {
    await store.dialect.db.deleteFrom('attempts').execute()
    for (const [i, label] of ['1', '2', '3'].entries()) await sending(label, { attempts: i === 0 ? 2 : 1 })
    const remark = plain('3')
    await record(plain('1', { attempts: 2 }), plain('2', { connectionId: 'con_other' }), { ...remark, tries: [{ ...remark.tries[0]!, detail: 'half' }] })
    expect((await deliveryRows(store.dialect)).map(({ state, tried_at }) => [state, tried_at])).toEqual([1, 2, 3].map(() => ['sent', null]))
    expect(await attempts()).toHaveLength(3)
  })
})
