import type { Client, Delivery } from '@carillon/client'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { HOUR, MINUTE, SECOND } from '../../src/domain/time.ts'
import { engines } from '../setup/engines.ts'
import { openWorld, refusal, type World } from './world.ts'

/** As documented; the random number of the test hub is in the middle, so it adds and subtracts nothing. */
const WAITS = [5 * SECOND, 30 * SECOND, 2 * MINUTE, 10 * MINUTE, 30 * MINUTE, HOUR, 3 * HOUR, 7 * HOUR, 12 * HOUR]

describe.each(engines)('retries: a webhook that fails (%s)', (engine) => {
  let world: World
  let hub: Client
  beforeAll(async () => {
    world = await openWorld(engine)
    hub = world.client()
    world.clock.advance(15 * MINUTE)
  })
  afterAll(() => world.stop())

  /** A person with their own webhook: the failures of one destination do not count against the next. */
  async function tell(user: string, more: { expiresAt?: string; sendAt?: string } = {}): Promise<string> {
    await world.client(user).me.putDestination('webhook', { url: `${world.hooks.url}/${user}` })
    const { id } = await hub.events.notify({ to: [user], channels: ['webhook'], title: 'Hello', body: '', ...more })
    await world.atRest()
    return id
  }
  const deliveryOf = async (event: string): Promise<Delivery> => hub.deliveries.get((await hub.deliveries.list({ event })).items[0]!.id)
  const inMs = (at: string) => Date.parse(at) - world.clock.now()

  it('is retried by the table, then becomes a dead letter, which can be retried manually', async () => {
    world.hooks.respond(503)
    const event = await tell('ana')
    for (const [i, wait] of WAITS.entries()) {
      const delivery = await deliveryOf(event)
      // After five minutes of failures the destination is blocked and shown as held; the retry table continues all the same.
      expect(delivery).toMatchObject({ state: i < 4 ? 'queued' : 'held', attempts: i + 1, errorCode: 'http_503' })
      expect(inMs(delivery.dueAt)).toBe(wait)
      world.clock.advance(wait - 1)
      await world.atRest()
      expect(world.hooksAt('/ana')).toHaveLength(i + 1)
      world.clock.advance(1)
      await world.atRest()
    }
    const dead = await deliveryOf(event)
    expect(dead).toMatchObject({ state: 'failed', attempts: 10, errorCode: 'exhausted' })
    const mine = () => world.client('ana').me.destinations()
    expect((await mine()).items).toMatchObject([{ health: { state: 'blocked', failures: 10, lastError: expect.stringContaining('503') } }])
    expect(dead.history.map(({ outcome }) => outcome)).toEqual([...WAITS.map(() => 'retry'), 'failed'])
    expect(new Set(world.hooksAt('/ana').map(({ headers }) => headers['webhook-id']))).toEqual(new Set([dead.id]))

    world.hooks.respond(200)
    world.clock.advance(3 * HOUR)
    await hub.deliveries.retry(dead.id)
    await world.atRest()
    expect(await deliveryOf(event)).toMatchObject({ state: 'sent', attempts: 11, error: null })
    expect((await mine()).items).toMatchObject([{ health: { state: 'healthy', failures: 0 } }])
    expect(await refusal(hub.deliveries.retry(dead.id))).toMatchObject({ status: 409, code: 'not_retryable' })
  })

  it('is retried after the time of Retry-After', async () => {
    world.hooks.respond({ status: 429, headers: { 'retry-after': '80' } })
    const event = await tell('ben')
    // Half of the 10 % by which such waits are spread.
    expect(inMs((await deliveryOf(event)).dueAt)).toBe(84 * SECOND)
    world.hooks.respond(200)
    world.clock.advance(84 * SECOND)
    await world.atRest()
    expect(await deliveryOf(event)).toMatchObject({ state: 'sent', attempts: 2 })
  })

  it('gets half the text when it refuses the whole (413), and the history says so', async () => {
    const long = 'x'.repeat(1000)
    world.hooks.respond((request) => ((request.json() as { body: string }).body.length > 600 ? 413 : 200))
    await world.client('gil').me.putDestination('webhook', { url: `${world.hooks.url}/gil` })
    const { id } = await hub.events.notify({ to: ['gil'], channels: ['webhook'], title: 'Hello', body: long })
    await world.atRest()
    const delivery = await deliveryOf(id)
    expect(delivery).toMatchObject({ state: 'sent', attempts: 1, history: [{ outcome: 'sent', detail: expect.stringMatching(/half the text/) }] })
    expect(world.hooksAt('/gil').map((request) => (request.json() as { body: string }).body.length)).toEqual([1000, expect.closeTo(500, -1)])
    world.hooks.respond(200)
  })

  it('is not tried after expiresAt', async () => {
    world.hooks.respond(503)
    const event = await tell('cem', { expiresAt: new Date(world.clock.now() + 20 * SECOND).toISOString() })
    expect(await deliveryOf(event)).toMatchObject({ state: 'queued', attempts: 1 })
    world.clock.advance(5 * SECOND)
    await world.atRest()
    // The next attempt would be after 30 s, which is too late, so it ends now.
    expect(await deliveryOf(event)).toMatchObject({ state: 'expired', attempts: 2 })
  })

  it('is a dead letter at once when it rejects the message', async () => {
    world.hooks.respond(400)
    expect(await deliveryOf(await tell('dia'))).toMatchObject({ state: 'failed', attempts: 1, errorCode: 'http_400' })
  })

  it('gets nothing once the event was cancelled', async () => {
    world.hooks.respond(503)
    const event = await tell('eve')
    expect(await hub.events.cancel(event)).toEqual({ cancelled: 1 })
    world.clock.advance(HOUR)
    await world.atRest()
    expect(await deliveryOf(event)).toMatchObject({ state: 'cancelled', attempts: 1 })
    expect(world.hooksAt('/eve')).toHaveLength(1)
  })

  it('gets nothing more once the event was cancelled, although somebody had asked for another round', async () => {
    world.hooks.respond(400)
    const event = await tell('hal')
    const { id, state } = await deliveryOf(event)
    expect(state).toBe('failed')
    const answered = Promise.withResolvers<number>()
    world.hooks.respond(() => answered.promise)
    await hub.deliveries.retry(id)
    await world.see('the second request', () => world.hooksAt('/hal').length === 2)
    expect(await hub.events.cancel(event)).toEqual({ cancelled: 0 })
    answered.resolve(503)
    await world.see('its end', async () => (await deliveryOf(event)).state === 'cancelled')
    world.clock.advance(HOUR)
    await world.atRest()
    expect(world.hooksAt('/hal')).toHaveLength(2)
  })

  it('is switched off when it responds with 410, and its owner is notified in the inbox', async () => {
    world.hooks.respond(410)
    const event = await tell('fay')
    expect(await deliveryOf(event)).toMatchObject({ state: 'failed', attempts: 1, errorCode: 'http_410' })
    await world.atRest()
    expect(await world.client('fay').me.destination('webhook')).toMatchObject({ goneReason: expect.stringContaining('410') })
    expect((await world.client('fay').inbox.list()).items).toMatchObject([{ type: 'destination.switched_off', title: 'We can no longer reach you by webhook' }])

    const { id } = await hub.events.notify({ to: ['fay'], channels: ['webhook'], title: 'Again', body: '' })
    await world.atRest()
    const { items } = await hub.events.trace(id)
    expect(items.filter(({ channel }) => channel === 'webhook')).toMatchObject([{ user: 'fay', decision: 'skip', reason: 'destination_gone' }])
    expect(world.hooksAt('/fay')).toHaveLength(1)
  })

  it('gets a scheduled event (sendAt) only when it is due', async () => {
    world.hooks.respond(200)
    await tell('gus', { sendAt: new Date(world.clock.now() + HOUR).toISOString() })
    world.clock.advance(HOUR - 1)
    await world.atRest()
    expect(world.hooksAt('/gus')).toEqual([])
    world.clock.advance(1)
    await world.atRest()
    expect(world.hooksAt('/gus')).toHaveLength(1)
  })
})
