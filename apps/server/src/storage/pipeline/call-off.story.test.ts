import { sql } from 'kysely'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { engines, openTestStore, type TestStore } from '../../../test/setup/engines.ts'
import { until } from '../../../test/stories/world.ts'
import { ended, type Outcome, postponed } from '../../delivery/outcome.ts'
import { aClaimed } from '../../delivery/testing/job.ts'
import type { DeliveryState } from '../../domain/delivery.ts'
import { NOON } from '../../domain/testing/samples.ts'
import { MINUTE } from '../../domain/time.ts'
import { nextTurn } from '../../flow/loop.ts'
import { afterConflict } from '../after-conflict.ts'
import type { Dialect } from '../dialects/dialect.ts'
import { inTransaction } from '../in-transaction.ts'
import { createDeliveryAdmin } from '../operations/deliveries-admin.ts'
import { createEventReader } from '../operations/event-read.ts'
import { createUserStore } from '../people/users.ts'
import type { Trx } from '../schema.ts'
import { recordParts } from '../testing/recording.ts'
import { deliveryRows, idOf, insertDeliveries, insertEvent, insertNode, insertNotification, labelOf } from '../testing/rows.ts'
import { callOff, onCalledOff, tellCalledOff } from './call-off.ts'
import { createNode } from './nodes.ts'
import { createOutbox } from './outbox.ts'
import { createLoader } from './outbox-load.ts'
import { recordOutcomes } from './outbox-record.ts'

const EVENT = idOf('evt', '1')
const OTHER = idOf('evt', '2')
const NODE = 7
const later = NOON + MINUTE

const record = (dialect: Dialect, trx: Trx, ...outcomes: Outcome[]) => recordOutcomes(recordParts(dialect, NODE, later), trx, outcomes)
const claimed = (label: string, more = {}) => aClaimed({ id: idOf('dlv', label), eventId: EVENT, connectionId: 'con_1', ...more })
const statesIn = async ({ dialect }: TestStore): Promise<Record<string, DeliveryState>> =>
  Object.fromEntries((await deliveryRows(dialect)).map(({ id, state }) => [labelOf(id), state]))

async function empty({ dialect: { db } }: TestStore): Promise<void> {
  for (const table of ['deliveries', 'events', 'nodes', 'attempts'] as const) await db.deleteFrom(table).execute()
}

/** A delivery of `EVENT` in hand, and one of another event. */
async function inHand({ dialect }: TestStore, more = {}): Promise<void> {
  await insertEvent(dialect, { id: EVENT })
  await insertDeliveries(dialect, [
    { id: idOf('dlv', 'a'), event: EVENT, state: 'sending', attempts: 1, owner: NODE, ...more },
    { id: idOf('dlv', 'z'), event: OTHER, state: 'sending', attempts: 1, owner: NODE, ...more },
  ])
}

describe.each(engines)('deliveries that are called off (%s)', (engine) => {
  let store: TestStore
  beforeAll(async () => {
    store = await openTestStore(engine)
  })
  beforeEach(() => empty(store))
  afterAll(() => store.close())

  const cancel = () => createEventReader(store.dialect, () => NOON).cancel(EVENT)
  const call = () =>
    inTransaction(store.dialect, (trx) => callOff(store.dialect, trx, sql<boolean>`event in (select n from events where state = 'planned')`, NOON))

  it('end where they wait, and are marked where they are in hand or may be taken for a fault of their connection', async () => {
    await insertEvent(store.dialect, { id: OTHER, state: 'failed' })
    const states = ['queued', 'held', 'sending', 'failed', 'sent', 'suppressed'] as const
    await insertDeliveries(store.dialect, [
      ...states.map((state) => ({
        ...{ id: idOf('dlv', state), event: EVENT, state, owner: state === 'sending' ? NODE : null },
        ...(state === 'held' && { held_for: 'digest', held_until: later }),
      })),
      { id: idOf('dlv', 'other'), event: OTHER },
    ])
    expect(await call()).toEqual({ count: 3, inHand: [EVENT] })
    const marks = (await deliveryRows(store.dialect)).map(({ id, state, cancelled_at, finished_at }) => [labelOf(id), state, cancelled_at, finished_at])
    expect(Object.fromEntries(marks.map(([label, ...rest]) => [label, rest]))).toEqual({
      queued: ['cancelled', NOON, NOON],
      held: ['cancelled', NOON, NOON],
      sending: ['sending', NOON, null],
      failed: ['failed', NOON, null],
      sent: ['sent', null, null],
      suppressed: ['suppressed', null, null],
      other: ['queued', null, null],
    })
    expect(await call()).toEqual({ count: 0, inHand: [] })
  })

  it('end when their process died', async () => {
    await inHand(store)
    await cancel()
    const parts = { dialect: store.dialect, clock: () => later, owner: () => 'node', leaseMs: MINUTE }
    const outbox = createOutbox({ ...parts, node: createNode(parts), dead: async () => [] })
    expect(await outbox.sweep([])).toMatchObject({ released: 1, quarantined: [] })
    const [a, z] = await deliveryRows(store.dialect)
    expect(a).toMatchObject({ state: 'cancelled', finished_at: NOON, owner: null, crashes: 1 })
    expect(z).toMatchObject({ state: 'queued', finished_at: null, owner: null, crashes: 1 })
  })

  it('end when the answer of their claim was lost', async () => {
    const owner = await insertNode(store.dialect, 'node', later)
    await inHand(store, { owner })
    await cancel()
    let now = NOON
    const parts = { dialect: store.dialect, clock: () => now, owner: () => 'node', leaseMs: MINUTE }
    const outbox = createOutbox({ ...parts, node: createNode(parts), dead: async () => [] })
    await outbox.sweep([])
    now += 3 * MINUTE
    expect((await outbox.sweep([])).astray).toBe(2)
    const [a, z] = await deliveryRows(store.dialect)
    expect(a).toMatchObject({ state: 'cancelled', finished_at: NOON, owner: null, attempts: 0 })
    expect(z).toMatchObject({ state: 'queued', finished_at: null, owner: null, attempts: 0 })
  })

  it('are not read for an attempt', async () => {
    await inHand(store)
    const loader = createLoader(store.dialect, () => NOON)
    const read = async () => (await loader.load([claimed('a'), claimed('z', { eventId: OTHER })])).map((one) => labelOf(one.claimed.id))
    expect(await read()).toEqual(['a', 'z'])
    await cancel()
    expect(await read()).toEqual(['z'])
  })

  it('are not called off any more when a person asks for another round, and may be called off again', async () => {
    await inHand(store)
    await cancel()
    await inTransaction(store.dialect, (trx) => record(store.dialect, trx, postponed(claimed('a'), later)))
    expect(await statesIn(store)).toEqual({ a: 'cancelled', z: 'sending' })
    await createDeliveryAdmin(store.dialect, () => later).retry(idOf('dlv', 'a'), { actor: 'root', requestId: null })
    const [a] = await deliveryRows(store.dialect)
    expect(a).toMatchObject({ state: 'queued', attempts: 0, attempts_before: 0, cancelled_at: null, finished_at: null })
    await cancel()
    expect(await statesIn(store)).toEqual({ a: 'cancelled', z: 'sending' })
    await expect(cancel()).rejects.toMatchObject({ code: 'not_cancellable' })
  })

  it('are told to every node by their events, and without names when these are too many for one notice', async () => {
    await nextTurn() // the notices of the tests before are delivered
    const heard: string[] = []
    const stop = onCalledOff(store.dialect, { event: (id) => void heard.push(id), all: () => void heard.push('all') })
    // PostgreSQL says so once it listens.
    if (engine === 'postgres') await until(() => heard.splice(0).length > 0, 'the listener')
    const tell = (events: string[]) => inTransaction(store.dialect, (trx) => tellCalledOff(store.dialect, trx, events))
    await tell([])
    await tell([EVENT, OTHER])
    await until(() => heard.length === 2, 'both events')
    await tell(Array.from({ length: 300 }, (_, n) => idOf('evt', `${n}`)))
    await until(() => heard.length === 3, 'the third notice')
    expect(heard).toEqual([EVENT, OTHER, 'all'])
    stop()
  })
})

describe('a cancel and an outcome at the same time, on PostgreSQL', () => {
  let store: TestStore
  beforeAll(async () => {
    store = await openTestStore('postgres')
  })
  beforeEach(async () => {
    await empty(store)
    await inHand(store)
  })
  afterAll(() => store.close())

  const cancel = () => createEventReader(store.dialect, () => NOON).cancel(EVENT)

  /** Until a transaction waits for a lock of this database. */
  const waiting = () =>
    until(async () => {
      const { rows } = await sql`select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`.execute(store.dialect.db)
      return rows.length > 0
    }, 'the second transaction at a lock')

  /** Runs `first` in a transaction that commits when `second` waits for one of its rows. */
  async function crossing(first: (trx: Trx) => Promise<unknown>, second: () => Promise<unknown>): Promise<void> {
    let other: Promise<unknown> = Promise.resolve()
    await inTransaction(store.dialect, async (trx) => {
      await first(trx)
      other = second()
      other.catch(() => {})
      await waiting()
    })
    await other
  }
  const outcomes = (): [string, Outcome][] => [
    ['put off', postponed(claimed('a'), later)],
    ['tried again', { ...postponed(claimed('a'), later), postponed: false }],
    ['failed', ended(claimed('a'), 'failed', { code: 'http_400', sentence: 'no' }, NOON)],
  ]
  const ends: Record<string, DeliveryState> = { 'put off': 'cancelled', 'tried again': 'cancelled', failed: 'failed' }

  it.each(outcomes().slice(0, 2))('the cancel waits for the outcome: %s', async (name, outcome) => {
    await crossing((trx) => record(store.dialect, trx, outcome), cancel)
    expect(await statesIn(store)).toEqual({ a: ends[name], z: 'sending' })
    expect((await deliveryRows(store.dialect))[0]).toMatchObject({ cancelled_at: NOON })
  })

  it.each(outcomes())('the outcome waits for the cancel: %s', async (name, outcome) => {
    const callOffEvent = (trx: Trx) =>
      callOff(store.dialect, trx, sql<boolean>`event = (select n from events where id = ${store.dialect.bytesOf('evt', EVENT)})`, NOON)
    await crossing(callOffEvent, () => inTransaction(store.dialect, (trx) => record(store.dialect, trx, outcome)))
    expect(await statesIn(store)).toEqual({ a: ends[name], z: 'sending' })
    expect((await deliveryRows(store.dialect))[0]).toMatchObject({ cancelled_at: NOON, owner: null })
  })

  const users = () =>
    createUserStore(
      store.dialect,
      (channel) => channel,
      () => NOON,
    )
  const remove = () => users().remove('ana', { actor: 'root', requestId: null })

  it.each([
    ['a cancel', cancel],
    ['the deletion of a user', remove],
  ])('%s that PostgreSQL undoes, because each waits for a row of the other, is run again', async (_what, end) => {
    await store.dialect.db.deleteFrom('deliveries').execute()
    const notification = await insertNotification(store.dialect, { event: EVENT, user_id: 'ana' })
    await users().put([{ id: 'ana' }])
    await insertDeliveries(store.dialect, [
      ...['a', 'b'].map((label) => ({ id: idOf('dlv', label), event: EVENT, notification, state: 'sending' as const, attempts: 1, owner: NODE })),
      { id: idOf('dlv', 'z'), event: OTHER, state: 'sending', attempts: 1, owner: NODE },
    ])
    const last = (trx: Trx) => record(store.dialect, trx, postponed(claimed('b'), later))
    const first = (trx: Trx) => record(store.dialect, trx, postponed(claimed('a'), later))
    let cancelling: Promise<unknown> = Promise.resolve()
    const recording = inTransaction(store.dialect, async (trx) => {
      await last(trx)
      cancelling = end()
      await waiting()
      await first(trx)
    })
    // The server undoes one of the two; usually the cancel, which has waited for longer.
    const [recorded] = await Promise.allSettled([recording])
    await cancelling
    const undone = recorded.status === 'rejected'
    expect(await statesIn(store)).toEqual({ a: undone ? 'sending' : 'cancelled', b: undone ? 'sending' : 'cancelled', z: 'sending' })
    expect((await deliveryRows(store.dialect)).map(({ cancelled_at }) => cancelled_at)).toEqual([NOON, NOON, null])
  })

  it('both succeed when both change many deliveries', async () => {
    const labels = Array.from({ length: 200 }, (_, n) => `m${String((n * 37) % 200).padStart(3, '0')}`)
    await insertDeliveries(
      store.dialect,
      labels.map((label) => ({ id: idOf('dlv', label), event: EVENT, state: 'sending' as const, attempts: 1, owner: NODE })),
    )
    const groups = Array.from({ length: 8 }, (_, g) => labels.filter((_, n) => n % 8 === g).map((label) => postponed(claimed(label), later)))
    const recording = groups.map((group) => afterConflict(() => inTransaction(store.dialect, (trx) => record(store.dialect, trx, ...group))))
    await Promise.all([cancel(), ...recording])
    expect(new Set(Object.entries(await statesIn(store)).flatMap(([label, state]) => (label.startsWith('m') ? [state] : [])))).toEqual(new Set(['cancelled']))
  })
})
