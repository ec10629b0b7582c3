import { type Client, createClient } from '@carillon/client'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { MINUTE } from '../../src/domain/time.ts'
import { engines } from '../setup/engines.ts'
import { openWorld, until, type World } from './world.ts'

describe.each(engines)('bad addresses that one application reports (%s)', (engine) => {
  let world: World
  let hub: Client
  let server: string
  beforeEach(async () => {
    world = await openWorld(engine)
    hub = world.client()
    server = (await hub.connections.list()).items.find(({ provider }) => provider === 'smtp')!.id
    world.clock.advance(15 * MINUTE)
    world.mail.refuse('rcpt', (address) => (address.startsWith('bad') ? '550 5.9.9 Not here' : undefined))
  })
  afterEach(() => world.stop())

  const application = async (name: string): Promise<Client> => {
    const { key } = await hub.keys.create({ name, scopes: ['events'] })
    return createClient({ baseUrl: world.address, token: key })
  }
  const mail = (by: Client, ...addresses: string[]) =>
    by.events.notify({ to: addresses.map((email) => ({ email: `${email}@example.com` })), channels: ['email'], title: 'News', body: '' })
  const health = async () => (await hub.connections.get(server)).health
  const states = async ({ id }: { id: string }) => (await hub.deliveries.list({ event: id })).items.map(({ state }) => state)
  const see = (what: string, holds: () => Promise<boolean>) =>
    until(async () => {
      world.app.pipeline.wake()
      return holds()
    }, what)
  const bad = (count: number, from = 0) => Array.from({ length: count }, (_, n) => `bad-${from + n}`)

  it('hold up nobody else: the others have used the connection', async () => {
    const [shop, prober] = [await application('shop'), await application('prober')]
    const first = await mail(shop, 'ana')
    await see('a success of the shop', async () => `${await states(first)}` === 'sent')
    const probes = await mail(prober, ...bad(8))
    await see('a warning', async () => (await health()).state === 'failing')
    expect((await health()).lastError).toMatch(/all reported by key:key_\w+; messages of others go on/)
    await see('all refused once', async () => (await hub.deliveries.list({ event: probes.id })).items.every(({ attempts }) => attempts > 0))
    expect((await health()).state).toBe('failing')
    const second = await mail(shop, 'ben')
    await see('the mail of the shop', async () => `${await states(second)}` === 'sent')
    expect((await health()).state).toBe('healthy')
    await world.atRest()
  })

  it('are the connection’s fault when other applications are refused alike', async () => {
    const [shop, prober] = [await application('shop'), await application('prober')]
    const first = await mail(shop, 'ana')
    await see('a success of the shop', async () => `${await states(first)}` === 'sent')
    await mail(prober, ...bad(5))
    await see('a warning', async () => (await health()).state === 'failing')
    const theirs = await mail(shop, ...bad(2, 50))
    await see('the block', async () => (await health()).state === 'blocked')
    await see('all of them waiting', async () => `${await states(theirs)}` === 'held,held')
  })

  it('are the connection’s fault when it has served them before', async () => {
    const [shop, news] = [await application('shop'), await application('news')]
    world.mail.refuse('rcpt', undefined)
    const before = [await mail(shop, 'ana'), await mail(news, ...bad(5))]
    await see('success', async () => (await Promise.all(before.map(states))).flat().every((state) => state === 'sent'))
    world.mail.refuse('rcpt', '550 5.9.9 Not here')
    await mail(news, ...bad(5))
    await see('the block', async () => (await health()).state === 'blocked')
  })

  it('are the connection’s fault when nobody else uses it', async () => {
    await mail(await application('alone'), ...bad(5))
    await see('the block', async () => (await health()).state === 'blocked')
  })
})
