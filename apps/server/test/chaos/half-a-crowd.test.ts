import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { codeOf } from '../../src/storage/delivery-states.ts'
import { engines } from '../setup/engines.ts'
import { drain } from './round.ts'
import { buildTown, type Town } from './town.ts'

/** Where a hub dies: with the second batch before its commit, and with the second one written while the first may still be in its commit. */
const DEATHS = ['route.mid_batch@2=kill', 'route.written@2=kill'] as const

describe.each(engines)('fan-out killed between two batches (%s)', (engine) => {
  describe.each(DEATHS)('at %s', (fault) => {
    let town: Town
    beforeAll(async () => {
      town = await buildTown(engine)
    })
    afterAll(() => town.close())

    it('continues at its cursor, and notifies everyone once', async () => {
      const intake = await town.hub('api')
      await intake.client().events.report({ type: town.eventType, to: [{ topic: town.crowd }], data: { n: 1 } })
      await intake.stop()

      const child = town.process(fault)
      expect(await child.ended).toMatchObject({ signal: 'SIGKILL' })
      // It is the only event of this town.
      const half = await town.look(async ({ db }) => ({
        events: await db.selectFrom('events').select(['state', 'cursor']).execute(),
        notified: (await db.selectFrom('notifications').select('user_id').orderBy('user_id').execute()).map(({ user_id }) => user_id),
      }))
      expect(half.notified).toEqual(town.users.slice(0, half.notified.length))
      const last = half.notified.at(-1)
      expect(half.events).toEqual([{ state: 'accepted', cursor: last === undefined ? null : `0:${last}` }])
      expect(half.notified.length).toBeLessThan(town.users.length)
      if (fault.startsWith('route.mid_batch')) expect(half.notified.length).toBe(engine === 'postgres' ? 250 : 25)

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
})
