import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { engines, openTestStore, type TestStore } from '../../../test/setup/engines.ts'
import { NOON } from '../../domain/testing/samples.ts'
import { codeOf } from '../delivery-states.ts'
import { type GivenDelivery, idOf, insertDeliveries, insertEvent, labelOf } from '../testing/rows.ts'
import { discardBefore, unplannedBefore } from './sending-hold.ts'

describe.each(engines)('what is left of the time before a restore (%s)', (engine) => {
  let store: TestStore
  beforeAll(async () => {
    store = await openTestStore(engine)
  })
  afterAll(() => store.close())

  const report = (label: string, more: { accepted_at?: number; send_at?: number; state?: string } = {}) =>
    insertEvent(store.dialect, { id: idOf('evt', label), accepted_at: NOON - 2, ...more })

  it('is discarded where it was due, however much it is; what becomes due later, or was accepted later, stays', async () => {
    const { db } = store.dialect
    const old = await report('old')
    const recent = await report('new', { accepted_at: NOON - 1 })
    const lasting: Record<string, GivenDelivery> = {
      late: { due_at: NOON + 1 },
      'held for later': { state: 'held', held_for: 'quiet_hours', held_until: NOON + 1 },
      'of a new event': { event: recent },
      sent: { state: 'sent' },
    }
    const due: Record<string, GivenDelivery> = {
      'held until now': { state: 'held', held_for: 'digest', held_until: NOON },
      'held openly': { state: 'held', held_for: 'no_connection' },
    }
    // Behind all of them, and more than one transaction looks at.
    const many = Array.from({ length: 2_500 }, (_, n) => [`z${n}`, {}] as [string, GivenDelivery])
    await insertDeliveries(
      store.dialect,
      [...Object.entries<GivenDelivery>({ ...lasting, ...due }), ...many].map(([label, more]) => ({
        id: idOf('dlv', label),
        event: old,
        due_at: NOON,
        ...more,
      })),
    )
    expect(await discardBefore(store.dialect, NOON - 1, () => NOON)).toBe(2_502)
    const left = await db.selectFrom('deliveries').select(store.dialect.publicId('dlv', 'id').as('public')).where('state', '!=', codeOf('cancelled')).execute()
    expect(left.map((one) => labelOf(one.public)).sort()).toEqual(Object.keys(lasting).sort())
    expect(await discardBefore(store.dialect, NOON - 1, () => NOON), 'a second call').toBe(0)
  })

  it('counts the events without decisions that are due', async () => {
    await report('1', { state: 'accepted' })
    await report('2', { state: 'scheduled', send_at: NOON })
    await report('3', { state: 'scheduled', send_at: NOON + 1 })
    await report('4', { state: 'accepted', accepted_at: NOON - 1 })
    expect(await unplannedBefore(store.dialect, NOON - 1, NOON)).toBe(2)
  })
})
