import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { Reply } from '../../src/providers/testing/receiver.ts'
import { engines } from '../setup/engines.ts'
import { openWorld, statesOf, until, type World } from './world.ts'

describe.each(engines)('deleting a connection (%s)', (engine) => {
  let world: World
  beforeAll(async () => {
    world = await openWorld(engine)
    await world.client('ana').me.putDestination('webhook', { url: `${world.hooks.url}/ana` })
  })
  afterEach(() => world.atRest())
  afterAll(() => world.stop())

  /** The next request is answered only when the returned function is called with a status. */
  function holdNextAnswer(): (reply: number) => void {
    const { promise, resolve } = Promise.withResolvers<Reply>()
    let held = false
    world.hooks.respond(() => {
      if (held) return 200
      held = true
      return promise
    })
    return (status) => resolve({ status })
  }
  const webhooks = async () => (await world.client().connections.list()).items.filter(({ provider }) => provider === 'webhook')

  it('loses no delivery in flight: another connection of the channel sends it', async () => {
    const hub = world.client()
    const answer = holdNextAnswer()
    const { id } = await hub.events.notify({ to: ['ana'], title: 'In flight', body: '' })
    await until(() => world.hooksAt('/ana').length === 1, 'the first attempt')

    for (const { id: old } of await webhooks()) await hub.connections.delete(old)
    const next = await hub.connections.create({ provider: 'webhook', name: 'The next one', personal: true })
    answer(503)
    await world.atRest()
    world.clock.advance(60_000)
    await world.atRest()
    expect(await statesOf(hub, id)).toEqual({ 'ana webhook': 'sent' })
    const { history } = await hub.deliveries.get((await hub.deliveries.list({ event: id })).items[0]!.id)
    expect(history.at(-1)).toMatchObject({ outcome: 'sent', connection: next.id })
  })

  it('keeps deliveries that wait for a retry, and ends those of a shared connection', async () => {
    const hub = world.client()
    const room = await hub.connections.create({
      provider: 'webhook',
      name: 'A room',
      personal: false,
      destination: { url: `${world.hooks.url}/room` },
      events: [{ type: '*' }],
    })
    world.hooks.respond(503)
    const { id } = await hub.events.notify({ to: ['ana'], title: 'Waiting', body: '' })
    await world.atRest()
    const [old] = (await webhooks()).filter(({ personal }) => personal)
    await hub.connections.delete(room.id)
    await hub.connections.delete(old!.id)
    await hub.connections.create({ provider: 'webhook', name: 'The one after', personal: true })
    world.hooks.respond(200)
    world.clock.advance(60_000)
    await world.atRest()
    expect(await statesOf(hub, id)).toEqual({ 'ana webhook': 'sent', [`${room.id} webhook`]: 'cancelled' })
  })

  it('excludes it from manual retries', async () => {
    const hub = world.client()
    world.hooks.respond(400)
    const { id } = await hub.events.notify({ to: ['ana'], title: 'Refused', body: '' })
    await world.atRest()
    expect(await statesOf(hub, id)).toEqual({ 'ana webhook': 'failed' })
    for (const { id: old } of await webhooks()) await hub.connections.delete(old)
    await hub.connections.create({ provider: 'webhook', name: 'The last one', personal: true })
    world.hooks.respond(200)
    await hub.deliveries.retryAll({ event: id })
    await world.atRest()
    expect(await statesOf(hub, id)).toEqual({ 'ana webhook': 'sent' })
  })
})
