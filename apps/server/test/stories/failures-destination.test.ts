import type { Client } from '@carillon/client'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { DAY, HOUR, MINUTE, SECOND } from '../../src/domain/time.ts'
import type { Reply } from '../../src/providers/testing/receiver.ts'
import { engines } from '../setup/engines.ts'
import { decisionsOf, openWorld, until, type World } from './world.ts'

describe.each(engines)('destination health: a person’s address that keeps failing (%s)', (engine) => {
  let world: World
  let hub: Client
  beforeAll(async () => {
    world = await openWorld(engine)
    hub = world.client()
    for (const user of ['dia', 'ana', 'ben', 'cem']) await world.client(user).me.putDestination('webhook', { url: `${world.hooks.url}/${user}` })
    world.clock.advance(15 * MINUTE)
  })
  afterAll(() => world.stop())

  const report = async (user: string, more: { expiresAt?: string } = {}): Promise<string> =>
    (await hub.events.notify({ to: [user], channels: ['webhook'], title: 'Hello', body: '', ...more })).id
  /** Tried once: it expires before the time of its second attempt. */
  async function tryOnce(user: string): Promise<void> {
    const before = world.hooksAt(`/${user}`).length
    await report(user, { expiresAt: new Date(world.clock.now() + SECOND).toISOString() })
    await world.atRest()
    expect(world.hooksAt(`/${user}`), `one attempt for ${user}`).toHaveLength(before + 1)
  }
  const deliveriesOf = async (events: string[]) =>
    (await Promise.all(events.map(async (event) => (await hub.deliveries.list({ event })).items))).flat().filter(({ channel }) => channel === 'webhook')

  it('gets one probe: due deliveries move to the time of the probe, and back at once when it works', async () => {
    world.hooks.respond(503)
    for (let failures = 0; failures < 5; failures++) await tryOnce('dia')
    const { promise, resolve } = Promise.withResolvers<Reply>()
    world.hooks.respond(() => promise)
    const probe = await report('dia')
    await until(() => world.hooksAt('/dia').length === 6, 'the probe at work')
    const waiting = await Promise.all(Array.from({ length: 8 }, () => report('dia')))
    const dueIn = async (events: string[]) => (await deliveriesOf(events)).map(({ dueAt }) => Date.parse(dueAt) - world.clock.now())
    await until(async () => {
      const due = await dueIn(waiting)
      return due.length === 8 && due.every((ms) => ms > 0)
    }, 'the others to be sent away')

    resolve({ status: 503 })
    await world.atRest()
    // The sixth failure in a row: twice the 30 s after the fifth one.
    expect(await dueIn([probe, ...waiting])).toEqual(Array(9).fill(MINUTE))
    expect((await deliveriesOf(waiting)).map(({ state, attempts }) => [state, attempts])).toEqual(Array(8).fill(['queued', 0]))

    world.hooks.respond(200)
    const next = await report('dia')
    await until(async () => (await deliveriesOf([next, ...waiting])).every(({ state }) => state === 'sent'), 'what had waited')
    await world.atRest()
    expect(world.hooksAt('/dia')).toHaveLength(15)
    world.clock.advance(MINUTE)
    await world.atRest()
    expect(await deliveriesOf([probe])).toMatchObject([{ state: 'sent', attempts: 2 }])
  })

  it('is switched off after five days with nothing but failures, and its owner is notified in the inbox', async () => {
    world.hooks.respond(503)
    const began = world.clock.now()
    for (const user of ['ana', 'ben', 'cem']) await tryOnce(user)
    world.clock.advance(2 * DAY)
    world.hooks.respond(200)
    await tryOnce('cem')
    world.hooks.respond(503)
    for (const user of ['ana', 'cem']) await tryOnce(user)
    world.clock.advance(began + 5 * DAY - 1 - world.clock.now())
    await tryOnce('ana')
    const stateOf = async (user: string) => (await world.client(user).me.destination('webhook')).goneReason
    expect(await stateOf('ana'), 'a millisecond before').toBeNull()

    world.clock.advance(1)
    for (const user of ['ben', 'cem']) await tryOnce(user)
    expect(await stateOf('ben')).toMatch(/^Only failures for five days; the last one: .*503/)
    expect(await stateOf('cem'), 'it worked on the second day').toBeNull()
    await world.atRest()
    expect((await world.client('ben').inbox.list()).items).toMatchObject([{ type: 'destination.switched_off', title: 'We can no longer reach you by webhook' }])
    const asked = world.hooksAt('/ben').length
    const event = await report('ben')
    await world.atRest()
    expect(await decisionsOf(hub, event)).toMatchObject({ 'ben webhook': 'skip destination_gone' })
    expect(world.hooksAt('/ben')).toHaveLength(asked)

    world.clock.advance(3 * HOUR)
    await tryOnce('ana')
    expect(await stateOf('ana')).toMatch(/^Only failures for five days/)
    await world.atRest()
    expect((await world.client('cem').inbox.list()).items).toEqual([])
  })
})
