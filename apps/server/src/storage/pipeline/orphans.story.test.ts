import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { engines, openTestStore, type TestStore } from '../../../test/setup/engines.ts'
import { LOG_CONNECTION } from '../../connections/registry.ts'
import type { DeliveryState } from '../../domain/delivery.ts'
import { NOON } from '../../domain/testing/samples.ts'
import { aNewConnection, plainConnections } from '../testing/connections.ts'
import { deliveryRows, idOf, insertDelivery } from '../testing/rows.ts'
import { adoptOrphans } from './orphans.ts'

describe.each(engines)('deliveries on a connection that is gone (%s)', (engine) => {
  let store: TestStore
  beforeAll(async () => {
    store = await openTestStore(engine)
  })
  beforeEach(() => store.dialect.db.deleteFrom('deliveries').execute())
  afterAll(() => store.close())

  const queue = (label: string, connection_id: string, recipient = 'ada', state: DeliveryState = 'queued') =>
    insertDelivery(store.dialect, { id: idOf('dlv', label), connection_id, recipient, state })
  const rows = async () => (await deliveryRows(store.dialect)).map((row) => [row.state, row.held_for, row.connection_id, row.error_code].map(String).join(' '))

  it('are held when they are personal, and cancelled when the connection was their destination', async () => {
    const known = await plainConnections(store.dialect, () => NOON).create(aNewConnection('Office mail'), { actor: 'test', requestId: null })
    await queue('1', 'con_gone')
    await queue('2', 'con_gone_too', 'con_gone_too')
    await queue('3', known)
    await queue('4', 'con_gone', 'ada', 'sending')
    expect(await adoptOrphans(store.dialect, () => NOON)).toBe(2)
    expect(await rows()).toEqual([
      'held no_connection null null',
      'cancelled null con_gone_too connection_removed',
      `queued null ${known} null`,
      'sending null con_gone null',
    ])
    expect(await adoptOrphans(store.dialect, () => NOON)).toBe(0)
  })

  it('do not include those on the log or on a built-in connection, which have no row', async () => {
    await queue('1', LOG_CONNECTION)
    await queue('2', 'con_direct')
    expect(await adoptOrphans(store.dialect, () => NOON, ['con_direct'])).toBe(0)
    expect(await adoptOrphans(store.dialect, () => NOON)).toBe(1)
  })
})
