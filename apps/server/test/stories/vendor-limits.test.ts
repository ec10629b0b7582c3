import type { Recipient } from '@carillon/client'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { MINUTE, SECOND } from '../../src/domain/time.ts'
import { engines } from '../setup/engines.ts'
import { openWorld, type World } from './world.ts'

describe.each(engines)('limits of vendors (%s)', (engine) => {
  let world: World
  beforeAll(async () => {
    world = await openWorld(engine, { unconnected: true })
    await world.client().connections.create({ provider: 'webhook', name: 'Webhooks', personal: true })
    await world.client('ben').me.putDestination('webhook', { url: `${world.hooks.url}/ben` })
  })
  afterAll(async () => {
    await world.atRest()
    await world.stop()
  })

  const notifyAll = async (channel: string, to: Recipient[]) => void (await Promise.all(to.map((one) => notify(channel, one))))
  const notify = (channel: string, to: Recipient) => world.client().events.notify({ to: [to], channels: [channel], title: 'Hello', body: '' })
  const arrived = (path: string, count: number) => world.see(`${count} requests to ${path}`, () => world.hooksAt(path).length >= count)
  /** Another lane has been emptied since: everything else that could be sent was sent. */
  async function othersSent(): Promise<void> {
    const before = world.hooksAt('/ben').length
    for (let i = 1; i <= 5; i++) {
      await notify('webhook', { user: 'ben' })
      await arrived('/ben', before + i)
    }
  }

  it('cap the messages per second; the rest is sent in the next one', async () => {
    const settings = { apiKey: 're_s3cret', from: 'Bells <bells@example.com>', apiUrl: world.hooks.url }
    await world.client().connections.create({ provider: 'resend', name: 'Resend', settings, personal: true })
    world.hooks.respond({ body: { id: '49a3999c-0ce1' } })
    await notifyAll(
      'email',
      Array.from({ length: 5 }, (_, i) => ({ user: `u${i}`, email: `u${i}@example.com` })),
    )
    for (const count of [2, 4]) {
      await arrived('/emails', count)
      await othersSent()
      expect(world.hooksAt('/emails')).toHaveLength(count)
      world.clock.advance(SECOND)
    }
    await arrived('/emails', 5)
    await world.atRest()
    expect(world.hooksAt('/emails')).toHaveLength(5)
    world.clock.advance(MINUTE)
  })

  it('cap the messages in flight', async () => {
    const token = 's3cretaaaaaaaaaaaaaaaaaaaaaaaa'
    await world.client().connections.create({ provider: 'pushover', name: 'Pushover', settings: { token, apiUrl: world.hooks.url }, personal: true })
    const people = Array.from({ length: 6 }, (_, i) => `p${i}`)
    for (const [i, user] of people.entries()) await world.client(user).me.putDestination('pushover', { userKey: `${i}`.repeat(30) })
    const { promise, resolve } = Promise.withResolvers<{ body: object }>()
    world.hooks.respond(({ path }) => (path === '/ben' ? 200 : promise))
    await notifyAll(
      'pushover',
      people.map((user) => ({ user })),
    )
    await arrived('/1/messages.json', 2)
    await othersSent()
    expect(world.hooksAt('/1/messages.json')).toHaveLength(2)
    resolve({ body: { status: 1, request: 'r' } })
    await world.atRest()
    expect(world.hooksAt('/1/messages.json')).toHaveLength(6)
  })

  it('per webhook delay no other webhook, and follow the operator’s change at once', async () => {
    const { connections } = world.client()
    const { id, limits } = await connections.create({ provider: 'slack', name: 'Slack', settings: { apiUrl: world.hooks.url }, personal: true })
    expect(limits).toBeNull()
    const hook = (who: number) => `/services/T0AAAAAAA/B0AAAAAAA/${who}`
    const people = Array.from({ length: 5 }, (_, i) => ({ user: `s${i}` }))
    for (const [i, { user }] of people.entries()) await world.client(user).me.putDestination('slack', { webhookUrl: `https://hooks.slack.com${hook(i)}` })
    const reached = () => people.filter((_, i) => world.hooksAt(hook(i)).length > 0).length
    const untilReached = (count: number) => world.see(`${count} of Slack`, () => reached() >= count)
    world.hooks.respond(200)
    await notifyAll('slack', people)
    await untilReached(5)

    world.hooks.requests.length = 0
    await connections.patch(id, { limits: { rate: { count: 2, perSeconds: 3600 } } })
    await notifyAll('slack', people)
    await untilReached(2)
    await othersSent()
    expect(reached()).toBe(2)
    await connections.patch(id, { limits: null })
    await untilReached(5)
  })
})
