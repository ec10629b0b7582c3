import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { engines, openTestStore, type TestStore } from '../../../test/setup/engines.ts'
import { inTransaction } from '../in-transaction.ts'
import { plansOf } from '../testing/plans.ts'
import { idOf, insertDeliveries, insertEvent, insertNotification } from '../testing/rows.ts'
import { speaksForAll } from './voices.ts'

describe.each(engines)('refusals that speak for a connection (%s)', (engine) => {
  let store: TestStore
  beforeAll(async () => {
    store = await openTestStore(engine)
    const event = await insertEvent(store.dialect, { id: idOf('evt', '1'), reporter: 'key_other' })
    const notification = await insertNotification(store.dialect, { event, user_id: 'ada' })
    await insertDeliveries(store.dialect, [
      { event, notification, recipient: 'ada', state: 'sent' },
      { event, recipient: 'adr_1', state: 'sent' },
    ])
  })
  afterAll(() => store.close())

  it('need that each recipient was served, when others were', async () => {
    const speaks = (voice: string, ...recipients: string[]) => inTransaction(store.dialect, (trx) => speaksForAll(trx, 'con_1', voice, recipients))
    expect(await speaks('key_other', 'nobody')).toBe(true)
    expect(await speaks('key_1', 'ada', 'adr_1')).toBe(true)
    expect(await speaks('key_1', 'ada', 'nobody')).toBe(false)
  })

  it('read the deliveries of a user alone, not all of the same events', async () => {
    const plans = await plansOf(store.dialect, (watched) => inTransaction(watched, (trx) => speaksForAll(trx, 'con_1', 'key_1', ['ada'])))
    expect(plans.at(-1)).toContain('deliveries_notification')
    expect(plans.at(-1)).not.toContain('deliveries_once')
  })

  it('read the deliveries of a bare address by their own index', async () => {
    const plans = await plansOf(store.dialect, (watched) => inTransaction(watched, (trx) => speaksForAll(trx, 'con_1', 'key_1', ['adr_1'])), true)
    expect(plans.at(-1)).toContain('deliveries_recipient')
  })
})
