import type { Client } from '@carillon/client'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { MINUTE, SECOND } from '../../src/domain/time.ts'
import { engines } from '../setup/engines.ts'
import { openWorld, smtpSettings, type World } from './world.ts'

describe.each(engines)('rate limits: a vendor that responds with 429 (%s)', (engine) => {
  let world: World
  let hub: Client
  let mailgun: string
  let most = 0
  beforeAll(async () => {
    world = await openWorld(engine, { unconnected: true })
    hub = world.client()
    const settings = { apiKey: 's3cret-key', domain: 'mg.example.com', region: 'eu', from: 'Bells <bells@example.com>', apiUrl: world.hooks.url }
    mailgun = (await hub.connections.create({ provider: 'mailgun', name: 'Mailgun', settings, personal: true })).id
    await world.tellOperators('connection.blocked', 'connection.restored')
    world.clock.advance(15 * MINUTE)
  })
  afterAll(() => world.stop())

  const mail = (user: string) => hub.events.notify({ to: [{ user, email: `${user}@example.com` }], channels: ['email'], title: `For ${user}`, body: '' })
  const asked = () => world.hooks.requests.filter(({ path }) => path.includes('/messages')).length
  const accept = () => {
    let inFlight = 0
    world.hooks.respond(async () => {
      most = Math.max(most, ++inFlight)
      await new Promise((turn) => setImmediate(turn))
      inFlight--
      return { body: { id: '<1@mg.example.com>', message: 'Queued. Thank you.' } }
    })
  }
  const stateOf = async ({ id }: { id: string }) => (await hub.deliveries.list({ event: id })).items[0]

  it('is paused for as long as it asked, for all its deliveries, without counting as a failure', async () => {
    world.hooks.respond({ status: 429, headers: { 'retry-after': '60' }, body: { message: 'Too many requests' } })
    await mail('first')
    await world.see('the refusal', async () => (await hub.connections.get(mailgun)).health.state === 'paused')
    const paused = await hub.connections.get(mailgun)
    expect(paused.health).toMatchObject({ state: 'paused', level: 0, failures: 0 })
    expect(Date.parse(paused.health.until!) - world.clock.now()).toBe(60 * SECOND)

    accept()
    const waiting = await Promise.all(Array.from({ length: 12 }, (_, i) => mail(`waiting-${i}`)))
    await world.see('their plans', async () => (await Promise.all(waiting.map(({ id }) => hub.events.get(id)))).every(({ state }) => state === 'planned'))
    world.clock.advance(59 * SECOND)
    world.app.pipeline.wake()
    for (const one of waiting) expect(await stateOf(one)).toMatchObject({ state: 'held', heldFor: 'connection_blocked', attempts: 0 })
    expect(asked()).toBe(1)
  })

  it('gets all waiting deliveries after the pause, slowly at first', async () => {
    most = 0
    world.clock.advance(61 * SECOND)
    await world.see('all of it', () => asked() === 14)
    await world.atRest()
    // A lane that was wide open would have had all thirteen in flight at once.
    expect(most).toBeLessThan(10)
    expect((await hub.connections.get(mailgun)).health.state).toBe('healthy')
    expect(world.hooksAt('/operators')).toEqual([])
  })

  it('is replaced by the next connection of the channel meanwhile', async () => {
    const { id: office } = await hub.connections.create({ provider: 'smtp', name: 'Office', settings: smtpSettings(world.mail), personal: true, priority: 1 })
    world.hooks.respond({ status: 429, headers: { 'retry-after': '60' } })
    const before = asked()
    const first = await mail('ana')
    await world.atRest()
    const second = await mail('bea')
    await world.atRest()
    expect(await stateOf(first)).toMatchObject({ state: 'sent', connection: office })
    expect(await stateOf(second)).toMatchObject({ state: 'sent', connection: office })
    expect(asked()).toBe(before + 1)
    expect(world.mail.mails.map(({ to }) => to[0])).toEqual(['ana@example.com', 'bea@example.com'])
  })
})
