import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { engines, openTestStore, type TestStore } from '../../../test/setup/engines.ts'
import { createOutbox } from './outbox.ts'

const LEASE = 60_000

describe.each(engines)('leases of deliveries (%s)', (engine) => {
  let store: TestStore
  let now: number
  beforeEach(async () => {
    store = await openTestStore(engine)
    now = 1_000_000
  })
  afterEach(() => store.close())

  const outboxOf = (owner: string, dead: string[] = []) =>
    createOutbox({ dialect: store.dialect, clock: () => now, owner: () => owner, dead: async () => dead, leaseMs: LEASE })
  async function plan(...ids: string[]): Promise<void> {
    const row = { event_id: 'evt_1', recipient: 'ana', channel: 'email', destination_id: 'dst_1', connection_id: 'con_1', priority: 1 }
    await store.dialect.db
      .insertInto('deliveries')
      .values(
        ids.map((id) => ({
          ...row,
          id,
          address_hash: id,
          notification_id: null,
          state: 'queued',
          due_at: 0,
          held_until: null,
          held_for: null,
          attempts: 0,
          crashes: 0,
          leased_until: null,
          lease_owner: null,
          expires_at: null,
          created_at: 0,
          finished_at: null,
          error_code: null,
          error: null,
          external_id: null,
        })),
      )
      .execute()
  }
  const rows = () => store.dialect.db.selectFrom('deliveries').select(['id', 'state', 'attempts', 'crashes']).orderBy('id').execute()

  it('a claim whose answer was lost goes back after two leases, as no attempt and no crash; what is in hand stays', async () => {
    const outbox = outboxOf('node')
    await plan('dlv_1', 'dlv_2')
    await outbox.claim(['con_1'], 10, true)
    // Only the first one arrived here.
    for (let passed = 0; passed <= 2 * LEASE; passed += LEASE / 2) {
      await outbox.heartbeat(['dlv_1'])
      expect((await outbox.sweep(['dlv_1'])).released).toBe(0)
      now += LEASE / 2
    }
    expect(await outbox.sweep(['dlv_1'])).toEqual({ released: 1, quarantined: [] })
    expect(await rows()).toEqual([
      { id: 'dlv_1', state: 'sending', attempts: 1, crashes: 0 },
      { id: 'dlv_2', state: 'queued', attempts: 0, crashes: 0 },
    ])
  })

  it('a delivery in hand is not taken back by its own process, however late the heartbeat comes', async () => {
    const outbox = outboxOf('node')
    await plan('dlv_1')
    await outbox.claim(['con_1'], 10, true)
    now += 100 * LEASE
    expect((await outbox.sweep(['dlv_1'])).released).toBe(0)
    expect(await rows()).toMatchObject([{ state: 'sending' }])
  })

  it('a delivery of another process is taken back when its lease has ended or its process has, and is a suspect then', async () => {
    await plan('dlv_1', 'dlv_2')
    await outboxOf('hanging').claim(['con_1'], 1, true)
    await outboxOf('dead').claim(['con_1'], 1, true)
    const outbox = outboxOf('node', ['dead'])
    expect((await outbox.sweep([])).released).toBe(1)
    now += LEASE + 1
    expect((await outbox.sweep([])).released).toBe(1)
    expect(await rows()).toMatchObject([
      { state: 'queued', attempts: 1, crashes: 1 },
      { state: 'queued', attempts: 1, crashes: 1 },
    ])
  })
})
