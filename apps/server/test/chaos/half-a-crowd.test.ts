import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { codeOf } from '../../src/storage/delivery-states.ts'
import { engines } from '../setup/engines.ts'
import { drain } from './round.ts'
import { buildTown, type Town } from './town.ts'

describe.each(engines)('fan-out killed between two batches (%s)', (engine) => {
  let town: Town
  beforeAll(async () => {
    town = await buildTown(engine)
  })
  afterAll(() => town.close())

  it('continues at its cursor, and notifies everyone once', async () => {
    const intake = await town.hub('api')
    await intake.client().events.report({ type: town.eventType, to: [{ topic: town.crowd }], data: { n: 1 } })
    await intake.stop()

    const child = town.process('route.mid_batch@2=kill')
    expect(await child.ended).toMatchObject({ signal: 'SIGKILL' })
    // It is the only event of this town.
    const half = await town.look(async ({ db }) => ({
      events: await db.selectFrom('events').select(['state', 'cursor']).execute(),
      notified: (await db.selectFrom('notifications').select('user_id').execute()).length,
    }))
    expect(half).toEqual({ events: [{ state: 'accepted', cursor: expect.stringContaining('person-249') }], notified: 250 })

    const hub = await town.hub()
    await drain(hub)
    const { db } = hub.app.dialect
    expect(await db.selectFrom('events').select(['state', 'cursor']).execute()).toEqual([{ state: 'planned', cursor: null }])
    expect(await db.selectFrom('notifications').select('user_id').execute()).toHaveLength(town.users.length)
    expect(await db.selectFrom('deliveries').select('id').where('state', '=', codeOf('sent')).execute()).toHaveLength(town.users.length)
    expect(new Set(town.told().map(({ user }) => user)).size).toBe(town.users.length)
    await hub.reconcile()
    await hub.stop()
  })
})
