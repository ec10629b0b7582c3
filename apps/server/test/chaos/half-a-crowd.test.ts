import { afterAll, beforeAll, describe, expect, it } from 'vitest'
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
    const { id } = await intake.client().events.report({ type: town.eventType, to: [{ topic: town.crowd }], data: { n: 1 } })
    await intake.stop()

    const child = town.process('route.mid_batch@2=kill')
    expect(await child.ended).toMatchObject({ signal: 'SIGKILL' })
    const half = await town.look(async ({ db }) => ({
      event: await db.selectFrom('events').select(['state', 'cursor']).where('id', '=', id).executeTakeFirstOrThrow(),
      notified: (await db.selectFrom('notifications').select('user_id').where('event_id', '=', id).execute()).length,
    }))
    expect(half).toEqual({ event: { state: 'accepted', cursor: expect.stringContaining('person-249') }, notified: 250 })

    const hub = await town.hub()
    await drain(hub)
    const { db } = hub.app.dialect
    expect(await db.selectFrom('events').select(['state', 'cursor']).where('id', '=', id).execute()).toEqual([{ state: 'planned', cursor: null }])
    expect(await db.selectFrom('notifications').select('user_id').where('event_id', '=', id).execute()).toHaveLength(town.users.length)
    expect(await db.selectFrom('deliveries').select('id').where('event_id', '=', id).where('state', '=', 'sent').execute()).toHaveLength(town.users.length)
    expect(new Set(town.told().map(({ user }) => user)).size).toBe(town.users.length)
    await hub.reconcile()
    await hub.stop()
  })
})
