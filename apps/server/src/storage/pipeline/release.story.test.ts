import { sql } from 'kysely'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { engines, openTestStore, type TestStore } from '../../../test/setup/engines.ts'
import { NOON } from '../../domain/testing/samples.ts'
import type { HeldDelivery } from '../../pipeline/release.ts'
import { plansOf, SORTED } from '../testing/plans.ts'
import { deliveryRows, type GivenDelivery, idOf, insertDeliveries, insertDelivery, labelOf } from '../testing/rows.ts'
import { createReleaseStore } from './release.ts'

describe.each(engines)('held deliveries in the store (%s)', (engine) => {
  let store: TestStore
  beforeAll(async () => {
    store = await openTestStore(engine)
  })
  beforeEach(async () => {
    now = NOON
    await store.dialect.db.deleteFrom('deliveries').execute()
  })
  afterAll(() => store.close())

  let now = NOON
  const releases = () => createReleaseStore(store.dialect, () => now)
  const hold = (label: string, more: GivenDelivery = {}) =>
    insertDelivery(store.dialect, {
      ...{ id: idOf('dlv', label), connection_id: null, state: 'held', due_at: NOON, held_until: NOON, held_for: 'quiet_hours', created_at: NOON },
      ...more,
    })
  const labels = (rows: readonly Pick<HeldDelivery, 'id'>[]) => rows.map(({ id }) => labelOf(id))
  const states = async () => (await deliveryRows(store.dialect)).map(({ id, state }) => `${labelOf(id)} ${state}`)
  const waiting = { held_for: 'no_connection', held_until: null }

  it('are due at their time, the longest overdue first, at most as many as asked for', async () => {
    await hold('1', { held_until: NOON + 1 })
    await hold('2')
    await hold('3', { held_until: NOON - 1 })
    await hold('4', waiting)
    await hold('5', { state: 'sent', held_for: null, held_until: null })
    await releases().releasing(async (tx) => {
      expect(labels(await tx.due(10))).toEqual(['3', '2'])
      expect(labels(await tx.due(1))).toEqual(['3'])
    })
  })

  it('that wait for a connection are found by channel, behind the last one seen', async () => {
    await hold('1')
    await hold('2', waiting)
    await hold('3', { ...waiting, channel: 'webhook' })
    await hold('4', waiting)
    await releases().releasing(async (tx) => {
      expect(labels(await tx.unconnected('email', '', 10))).toEqual(['2', '4'])
      expect(labels(await tx.unconnected('webhook', idOf('dlv', '2'), 1))).toEqual(['3'])
      expect(labels(await tx.unconnected('sms', '', 10))).toEqual([])
      expect((await tx.unconnected('email', '', 1))[0]).toMatchObject({ provider: null, heldFor: 'no_connection', heldUntil: null })
    })
  })

  it('are read in the order of an index', async () => {
    await insertDeliveries(
      store.dialect,
      Array.from({ length: 1000 }, () => ({ state: 'sent' })),
    )
    for (const label of ['1', '2', '3']) await hold(label, waiting)
    await sql`analyze deliveries`.execute(store.dialect.db)
    const release = (watched: TestStore['dialect']) =>
      createReleaseStore(watched, () => NOON).releasing(async (tx) => {
        await tx.due(10)
        await tx.unconnected('email', '', 10)
        await tx.unconnected('email', idOf('dlv', '2'), 10)
      })
    const plans = await plansOf(store.dialect, release, true)
    expect(plans).toHaveLength(3)
    for (const plan of plans) {
      expect(plan).toContain('deliveries_held')
      expect(plan).not.toMatch(SORTED)
    }
  })

  it('that wait for a connection have the provider of their device', async () => {
    const { db } = store.dialect
    await db
      .insertInto('users')
      .values({ ...{ id: 'ada', email: null, name: null, locale: null, timezone: null, data: '{}', active: 1 }, created_at: 1, updated_at: 1 })
      .execute()
    await db
      .insertInto('devices')
      .values({
        ...{
          id: 'dev_1',
          user_id: 'ada',
          channel: 'mobile_push',
          provider: 'fcm',
          platform: 'android',
          body: '{}',
          address_hash: 'hash',
          named_by: 'person' as const,
          app: null,
        },
        ...{ environment: null, locale: null, name: null, vapid_key: null, created_at: 1, last_seen_at: 1, gone_at: null, gone_reason: null },
      })
      .execute()
    await hold('1', { ...waiting, channel: 'mobile_push', destination_id: 'dev_1' })
    await releases().releasing(async (tx) => {
      expect(await tx.unconnected('mobile_push', '', 10)).toMatchObject([{ id: idOf('dlv', '1'), provider: 'fcm' }])
    })
  })

  // SQLite has one writer.
  it.runIf(engine === 'postgres')('that another node has locked are left out', { timeout: 15_000 }, async () => {
    for (const id of ['1', '2']) await hold(id, { expires_at: NOON })
    for (const id of ['3', '4']) await hold(id, waiting)
    await releases().releasing(async (tx) => {
      expect(labels(await tx.due(1))).toEqual(['1'])
      expect(labels(await tx.unconnected('email', '', 1))).toEqual(['3'])
      await releases().releasing(async (other) => {
        expect(labels(await other.due(10))).toEqual(['2'])
        expect(labels(await other.unconnected('email', '', 10))).toEqual(['4'])
      })
      expect(await releases().expire(10)).toBe(1)
    })
    expect(await states()).toEqual(['1 held', '2 expired', '3 held', '4 held'])
  })

  it('expire at the time of their event, at most as many as asked for', async () => {
    await hold('1', { expires_at: NOON + 1 })
    await hold('2', { expires_at: NOON })
    await hold('3', { expires_at: NOON - 1 })
    expect(await releases().nextHeld()).toBe(NOON - 1)
    expect(await releases().expire(1)).toBe(1)
    expect(await states()).toEqual(['1 held', '2 held', '3 expired'])
    expect(await releases().expire(10)).toBe(1)
    const { finished_at, held_for, held_until, error_code } = (await deliveryRows(store.dialect))[2]!
    expect({ finished_at, held_for, held_until, error_code }).toEqual({ finished_at: NOON, held_for: null, held_until: null, error_code: 'expired' })
  })

  it('move only while they are held', async () => {
    await hold('1')
    await hold('2')
    await hold('3')
    await releases().releasing(async (tx) => {
      now += 9
      const [one, two, three] = await tx.due(10)
      await tx.write([{ delivery: one!, decision: null, to: 'suppressed', reason: 'channel_off' }])
      await tx.write([
        { delivery: one!, decision: null, to: 'queued', connectionId: 'con_1', dueAt: NOON },
        { delivery: two!, decision: null, to: 'queued', connectionId: 'con_1', dueAt: NOON + 20 },
        { delivery: three!, decision: null, to: 'held', heldFor: 'digest', heldUntil: NOON + 5 },
      ])
    })
    expect(await deliveryRows(store.dialect)).toMatchObject([
      { state: 'suppressed', due_at: NOON, connection_id: null, held_for: null, held_until: null, finished_at: NOON + 9, error_code: 'channel_off' },
      { state: 'queued', due_at: NOON + 20, connection_id: 'con_1', held_for: null, held_until: null, finished_at: null, error_code: null },
      { state: 'held', due_at: NOON + 9, connection_id: null, held_for: 'digest', held_until: NOON + 5, finished_at: null, error_code: null },
    ])
  })
})
