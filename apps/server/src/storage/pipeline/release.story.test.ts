import type { Insertable } from 'kysely'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { engines, openTestStore, type TestStore } from '../../../test/setup/engines.ts'
import { NOON } from '../../domain/testing/samples.ts'
import type { HeldDelivery } from '../../pipeline/release.ts'
import type { DeliveriesTable } from '../schema.ts'
import { createReleaseStore } from './release.ts'

describe.each(engines)('held deliveries in the store (%s)', (engine) => {
  let store: TestStore
  beforeAll(async () => {
    store = await openTestStore(engine)
  })
  beforeEach(() => store.dialect.db.deleteFrom('deliveries').execute())
  afterAll(() => store.close())

  const releases = () => createReleaseStore(store.dialect, () => NOON)
  const hold = (id: string, more: Partial<Insertable<DeliveriesTable>> = {}) =>
    store.dialect.db
      .insertInto('deliveries')
      .values({
        ...{ id, event_id: 'evt_1', notification_id: null, recipient: id, channel: 'email', destination_id: id, address_hash: id, connection_id: null },
        ...{
          state: 'held',
          due_at: NOON,
          held_until: NOON,
          held_for: 'quiet_hours',
          priority: 1,
          attempts: 0,
          crashes: 0,
          leased_until: null,
          lease_owner: null,
        },
        ...{ expires_at: null, created_at: NOON, finished_at: null, error_code: null, error: null, external_id: null },
        ...more,
      })
      .execute()
  const ids = (rows: readonly HeldDelivery[]) => rows.map(({ id }) => id)
  const states = async () =>
    (await store.dialect.db.selectFrom('deliveries').select(['id', 'state']).orderBy('id').execute()).map(({ id, state }) => `${id} ${state}`)
  const waiting = { held_for: 'no_connection', held_until: null }

  it('are due at their time, the longest overdue first, at most as many as asked for', async () => {
    await hold('dlv_1', { held_until: NOON + 1 })
    await hold('dlv_2')
    await hold('dlv_3', { held_until: NOON - 1 })
    await hold('dlv_4', waiting)
    await hold('dlv_5', { state: 'sent', held_for: null, held_until: null })
    await releases().releasing(async (tx) => {
      expect(ids(await tx.due(10))).toEqual(['dlv_3', 'dlv_2'])
      expect(ids(await tx.due(1))).toEqual(['dlv_3'])
    })
  })

  it('that wait for a connection are found by channel, behind the last one seen', async () => {
    await hold('dlv_1')
    await hold('dlv_2', waiting)
    await hold('dlv_3', { ...waiting, channel: 'webhook' })
    await hold('dlv_4', waiting)
    await releases().releasing(async (tx) => {
      expect(ids(await tx.unconnected('email', '', 10))).toEqual(['dlv_2', 'dlv_4'])
      expect(ids(await tx.unconnected('webhook', 'dlv_2', 1))).toEqual(['dlv_3'])
      expect(ids(await tx.unconnected('sms', '', 10))).toEqual([])
      expect((await tx.unconnected('email', '', 1))[0]).toMatchObject({ provider: null, heldFor: 'no_connection', heldUntil: null })
    })
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
    await hold('dlv_1', { ...waiting, channel: 'mobile_push', destination_id: 'dev_1' })
    await releases().releasing(async (tx) => {
      expect(await tx.unconnected('mobile_push', '', 10)).toMatchObject([{ id: 'dlv_1', provider: 'fcm' }])
    })
  })

  // SQLite has one writer.
  it.runIf(engine === 'postgres')('that another node has locked are left out', { timeout: 15_000 }, async () => {
    for (const id of ['dlv_1', 'dlv_2']) await hold(id, { expires_at: NOON })
    for (const id of ['dlv_3', 'dlv_4']) await hold(id, waiting)
    await releases().releasing(async (tx) => {
      expect(ids(await tx.due(1))).toEqual(['dlv_1'])
      expect(ids(await tx.unconnected('email', '', 1))).toEqual(['dlv_3'])
      await releases().releasing(async (other) => {
        expect(ids(await other.due(10))).toEqual(['dlv_2'])
        expect(ids(await other.unconnected('email', '', 10))).toEqual(['dlv_4'])
      })
      expect(await releases().expire(10)).toBe(1)
    })
    expect(await states()).toEqual(['dlv_1 held', 'dlv_2 expired', 'dlv_3 held', 'dlv_4 held'])
  })

  it('expire at the time of their event, at most as many as asked for', async () => {
    await hold('dlv_1', { expires_at: NOON + 1 })
    await hold('dlv_2', { expires_at: NOON })
    await hold('dlv_3', { expires_at: NOON - 1 })
    expect(await releases().nextHeld()).toBe(NOON - 1)
    expect(await releases().expire(1)).toBe(1)
    expect(await states()).toEqual(['dlv_1 held', 'dlv_2 held', 'dlv_3 expired'])
    expect(await releases().expire(10)).toBe(1)
    const { finished_at, held_for, held_until, error_code } = await store.dialect.db
      .selectFrom('deliveries')
      .selectAll()
      .where('id', '=', 'dlv_3')
      .executeTakeFirstOrThrow()
    expect({ finished_at, held_for, held_until, error_code }).toEqual({ finished_at: NOON, held_for: null, held_until: null, error_code: 'expired' })
  })

  it('move only while they are held', async () => {
    await hold('dlv_1')
    await hold('dlv_2')
    await hold('dlv_3')
    await releases().releasing(async (tx) => {
      const [one, two, three] = await tx.due(10)
      await tx.write([{ delivery: one!, decision: null, to: 'suppressed', reason: 'channel_off' }])
      await tx.write([
        { delivery: one!, decision: null, to: 'queued', connectionId: 'con_1', dueAt: NOON },
        { delivery: two!, decision: null, to: 'queued', connectionId: 'con_1', dueAt: NOON + 20 },
        { delivery: three!, decision: null, to: 'held', heldFor: 'digest', heldUntil: NOON + 5 },
      ])
    })
    expect(
      await store.dialect.db
        .selectFrom('deliveries')
        .select(['state', 'due_at', 'connection_id', 'held_for', 'held_until', 'finished_at', 'error_code'])
        .orderBy('id')
        .execute(),
    ).toEqual([
      { state: 'suppressed', due_at: NOON, connection_id: null, held_for: null, held_until: null, finished_at: NOON, error_code: 'channel_off' },
      { state: 'queued', due_at: NOON + 20, connection_id: 'con_1', held_for: null, held_until: null, finished_at: null, error_code: null },
      { state: 'held', due_at: NOON, connection_id: null, held_for: 'digest', held_until: NOON + 5, finished_at: null, error_code: null },
    ])
  })
})
