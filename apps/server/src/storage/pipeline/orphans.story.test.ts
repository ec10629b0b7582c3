import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { engines, openTestStore, type TestStore } from '../../../test/setup/engines.ts'
import { LOG_CONNECTION } from '../../connections/registry.ts'
import { NOON } from '../../domain/testing/samples.ts'
import { aNewConnection, plainConnections } from '../testing/connections.ts'
import { adoptOrphans } from './orphans.ts'

describe.each(engines)('deliveries on a connection that is gone (%s)', (engine) => {
  let store: TestStore
  beforeAll(async () => {
    store = await openTestStore(engine)
  })
  beforeEach(() => store.dialect.db.deleteFrom('deliveries').execute())
  afterAll(() => store.close())

  const queue = (id: string, connection_id: string, recipient = 'ada', state = 'queued') =>
    store.dialect.db
      .insertInto('deliveries')
      .values({
        ...{ id, event_id: 'evt_1', notification_id: null, recipient, channel: 'email', destination_id: id, address_hash: id, connection_id, state },
        ...{ due_at: NOON, held_until: null, held_for: null, priority: 1, attempts: 0, crashes: 0, leased_until: null, lease_owner: null },
        ...{ expires_at: null, created_at: NOON, finished_at: null, error_code: null, error: null, external_id: null },
      })
      .execute()
  const rows = async () =>
    (await store.dialect.db.selectFrom('deliveries').select(['id', 'state', 'held_for', 'connection_id', 'error_code']).orderBy('id').execute()).map((row) =>
      Object.values(row).map(String).join(' '),
    )

  it('are held when they are personal, and cancelled when the connection was their destination', async () => {
    const known = await plainConnections(store.dialect, () => NOON).create(aNewConnection('Office mail'), { actor: 'test', requestId: null })
    await queue('dlv_1', 'con_gone')
    await queue('dlv_2', 'con_gone_too', 'con_gone_too')
    await queue('dlv_3', known)
    await queue('dlv_4', 'con_gone', 'ada', 'sending')
    expect(await adoptOrphans(store.dialect, () => NOON)).toBe(2)
    expect(await rows()).toEqual([
      'dlv_1 held no_connection null null',
      'dlv_2 cancelled null con_gone_too connection_removed',
      `dlv_3 queued null ${known} null`,
      'dlv_4 sending null con_gone null',
    ])
    expect(await adoptOrphans(store.dialect, () => NOON)).toBe(0)
  })

  it('do not include those on the log or on a built-in connection, which have no row', async () => {
    await queue('dlv_1', LOG_CONNECTION)
    await queue('dlv_2', 'con_direct')
    expect(await adoptOrphans(store.dialect, () => NOON, ['con_direct'])).toBe(0)
    expect(await adoptOrphans(store.dialect, () => NOON)).toBe(1)
  })
})
