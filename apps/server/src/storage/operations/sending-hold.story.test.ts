import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { engines, openTestStore, type TestStore } from '../../../test/setup/engines.ts'
import { NOON } from '../../domain/testing/samples.ts'
import { discardBefore, unplannedBefore } from './sending-hold.ts'

const EVENT = {
  ...{ type: 'bell.rung', audience: '[]', data: '{}', sensitive: null, actor: null, channels: null, dedup_key: null, tags: '[]', severity: 'info' },
  ...{ priority: 1, url: null, send_at: null, expires_at: null, state: 'planned', cursor: null, planned_at: null },
}
const DELIVERY = {
  ...{ event_id: 'evt_old', notification_id: null, recipient: 'ada', channel: 'email', destination_id: 'dst_1', connection_id: 'con_1', state: 'queued' },
  ...{ due_at: NOON, held_until: null, held_for: null, priority: 1, attempts: 0, crashes: 0, leased_until: null, lease_owner: null, expires_at: null },
  ...{ created_at: 1, finished_at: null, error_code: null, error: null, external_id: null },
}

describe.each(engines)('what is left of the time before a restore (%s)', (engine) => {
  let store: TestStore
  beforeAll(async () => {
    store = await openTestStore(engine)
  })
  afterAll(() => store.close())

  const report = (id: string, more: { accepted_at?: number; send_at?: number; state?: string } = {}) =>
    store.dialect.db
      .insertInto('events')
      .values({ ...EVENT, id, accepted_at: NOON - 2, ...more })
      .execute()

  it('is discarded where it was due, however much it is; what becomes due later, or was accepted later, stays', async () => {
    const { db } = store.dialect
    await report('evt_old')
    await report('evt_new', { accepted_at: NOON - 1 })
    const lasting = {
      late: { due_at: NOON + 1 },
      'held for later': { state: 'held', held_for: 'quiet_hours', held_until: NOON + 1 },
      'of a new event': { event_id: 'evt_new' },
      sent: { state: 'sent' },
    }
    const due = { 'held until now': { state: 'held', held_for: 'digest', held_until: NOON }, 'held without end': { state: 'held', held_for: 'no_connection' } }
    // Behind all of them, and more than one transaction looks at.
    const many = Array.from({ length: 2_500 }, (_, n) => [`z${n}`, {}] as const)
    const rows = [...Object.entries({ ...lasting, ...due }), ...many].map(([id, more]) => ({ ...DELIVERY, id, address_hash: id, ...more }))
    for (let from = 0; from < rows.length; from += 200)
      await db
        .insertInto('deliveries')
        .values(rows.slice(from, from + 200))
        .execute()
    expect(await discardBefore(store.dialect, NOON - 1, () => NOON)).toBe(2_502)
    const left = await db.selectFrom('deliveries').select('id').where('state', '!=', 'cancelled').execute()
    expect(left.map(({ id }) => id).sort()).toEqual(Object.keys(lasting).sort())
    expect(await discardBefore(store.dialect, NOON - 1, () => NOON), 'a second call').toBe(0)
  })

  it('counts the events without decisions that are due', async () => {
    await report('evt_1', { state: 'accepted' })
    await report('evt_2', { state: 'scheduled', send_at: NOON })
    await report('evt_3', { state: 'scheduled', send_at: NOON + 1 })
    await report('evt_4', { state: 'accepted', accepted_at: NOON - 1 })
    expect(await unplannedBefore(store.dialect, NOON - 1, NOON)).toBe(2)
  })
})
