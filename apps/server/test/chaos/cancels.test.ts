import { createClient } from '@carillon/client'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { TEST_ROOT_KEY } from '../../src/testing.ts'
import { engines } from '../setup/engines.ts'
import { statesOf, until } from '../stories/world.ts'
import { drain } from './round.ts'
import { buildTown, type Town } from './town.ts'

describe.each(engines)('a hub that is killed after a cancel (%s)', (engine) => {
  let town: Town
  beforeAll(async () => {
    town = await buildTown(engine, 20)
  })
  afterAll(() => town.close())

  it('sends nothing of a cancelled event afterwards, though it was in flight, and all of the others', async () => {
    const [user] = town.users
    const never = new Promise<number>(() => {})
    town.receiver.respond(() => never)
    const child = town.process()
    const client = createClient({ baseUrl: await child.address, token: TEST_ROOT_KEY })
    const ids: string[] = []
    for (let n = 0; n < 6; n++) ids.push((await client.events.report({ type: town.eventType, to: [user!], data: { n } })).id)
    await until(() => town.told().length === 4, 'four requests at the one destination')
    const inFlight = town.told().map(({ eventId }) => eventId)
    const waiting = ids.filter((id) => !inFlight.includes(id))
    const cancelled = [inFlight[0]!, waiting[0]!]
    expect(await Promise.all(cancelled.map(async (id) => (await client.events.cancel(id)).cancelled))).toEqual([0, 1])
    child.signal('SIGKILL')
    await child.ended

    town.receiver.respond(200)
    const before = town.told().length
    const hub = await town.hub()
    await drain(hub)
    const sent = town.told().slice(before)
    expect(sent.map(({ eventId }) => eventId).toSorted()).toEqual(ids.filter((id) => !cancelled.includes(id)).toSorted())
    for (const id of cancelled) expect(await statesOf(hub.client(), id)).toEqual({ [`${user} webhook`]: 'cancelled' })
    await hub.reconcile()
    await hub.stop()
  })
})
