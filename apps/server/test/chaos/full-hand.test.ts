import { createClient } from '@carillon/client'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { DeliveryState } from '../../src/domain/delivery.ts'
import { codeOf } from '../../src/storage/delivery-states.ts'
import { TEST_ROOT_KEY } from '../../src/testing.ts'
import { engines } from '../setup/engines.ts'
import { until } from '../stories/world.ts'
import { drain } from './round.ts'
import { buildTown, type Town, toTold } from './town.ts'

describe.each(engines)('a hub that is killed with all that a lane takes in hand (%s)', (engine) => {
  let town: Town
  beforeAll(async () => {
    town = await buildTown(engine, 350)
  })
  afterAll(() => town.close())

  it('loses nothing, and what is reported afterwards does not wait for its suspects', async () => {
    const never = new Promise<number>(() => {})
    town.receiver.respond(() => never)
    const child = town.process()
    const client = createClient({ baseUrl: await child.address, token: TEST_ROOT_KEY })
    const reports = town.users.map((user, n) => ({ type: town.eventType, to: [user], data: { n } }))
    await client.events.reportBatch(reports.slice(0, 1)) // the lane has to have seen its queue empty once
    await until(() => town.receiver.requests.length === 1, 'the first request')
    for (let n = 1; n < reports.length; n += 100) await client.events.reportBatch(reports.slice(n, n + 100))
    await until(() => town.receiver.requests.length >= 60, 'many requests')
    child.signal('SIGKILL')
    await child.ended

    const states = await town.look(({ db }) =>
      db
        .selectFrom('deliveries')
        .select(['state', ({ fn }) => fn.countAll<number>().as('count')])
        .groupBy('state')
        .execute(),
    )
    const count = (state: DeliveryState) => Number(states.find((one) => one.state === codeOf(state))?.count ?? 0)
    expect(count('sending')).toBeGreaterThan(250)
    expect(count('sending')).toBeLessThanOrEqual(301)
    expect(count('sending') + count('queued')).toBe(town.users.length)

    town.receiver.respond(200)
    const before = town.receiver.requests.length
    const hub = await town.hub()
    const { id } = await hub.client().events.report({ type: town.eventType, to: [town.users[0]!], data: { n: 1000 } })
    await until(() => town.told().some(({ eventId }) => eventId === id), 'the new event')
    const place = town.told().findIndex(({ eventId }) => eventId === id) - before
    // Suspects go one at a time, and others pass them.
    expect(place).toBeLessThan(250)
    await drain(hub)
    const ended = await hub.app.dialect.db.selectFrom('deliveries').select('state').distinct().execute()
    expect(ended).toEqual([{ state: codeOf('sent') }])
    await hub.reconcile()
    await hub.stop()
  })

  it('sends its suspects beside those whose receivers still hang', async () => {
    const users = town.users.slice(0, 20)
    const hanging = new Set([users[0], users[7], users[12]])
    const never = new Promise<number>(() => {})
    town.receiver.respond(() => never)
    const child = town.process()
    const client = createClient({ baseUrl: await child.address, token: TEST_ROOT_KEY })
    const before = town.receiver.requests.length
    await client.events.reportBatch(users.map((user, n) => ({ type: town.eventType, to: [user], data: { n } })))
    await until(() => town.receiver.requests.length === before + users.length, 'all requests')
    child.signal('SIGKILL')
    await child.ended

    const { promise: held, resolve: release } = Promise.withResolvers<number>()
    const killed = town.receiver.requests.length
    town.receiver.respond((request) => (hanging.has(toTold(request).user) ? held : 200))
    const hub = await town.hub()
    await until(() => {
      hub.app.pipeline.wake()
      return town.receiver.requests.length === killed + users.length
    }, 'all suspects')
    expect(
      new Set(
        town
          .told()
          .slice(killed)
          .map(({ user }) => user),
      ),
    ).toEqual(new Set(users))
    release(200)
    await drain(hub)
    await hub.reconcile()
    await hub.stop()
  })
})
