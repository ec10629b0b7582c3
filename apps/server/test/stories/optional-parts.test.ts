import type { Client } from '@carillon/client'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { engines } from '../setup/engines.ts'
import { openWorld, until, type World } from './world.ts'

interface Post {
  avatar_url?: string
  embeds: { url?: string; image?: object; description: string; fields?: { name: string; value: string }[] }[]
}

describe.each(engines)('a part of a message that the vendor refuses (%s)', (engine) => {
  let world: World
  let hub: Client
  beforeAll(async () => {
    world = await openWorld(engine, { unconnected: true })
    hub = world.client()
    await hub.connections.create({
      provider: 'discord',
      name: 'Builds',
      personal: false,
      settings: { apiUrl: `${world.hooks.url}/discord`, avatar: 'https://cdn.example.com/bell.png' },
      destination: { webhookUrl: `https://discord.com/api/webhooks/123456789012345678/${'t'.repeat(68)}` },
      events: [{ type: '*' }],
    })
  })
  afterAll(() => world.stop())
  beforeEach(() => {
    world.hooks.respond((request) => {
      const { embeds } = request.json() as Post
      return embeds[0]!.url === undefined ? { body: { id: '1' } } : { status: 400, body: { code: 50035, message: 'Invalid Form Body', embeds: ['0'] } }
    })
  })

  const report = async (url: string, of?: { type: string; data: { [name: string]: string } }) => {
    const before = world.hooks.requests.length
    const { id } = await (of ? hub.events.report({ ...of, to: ['ana'], url }) : hub.events.notify({ to: ['ana'], title: 'Issue', body: 'It broke.', url }))
    const ofChannel = async () => (await hub.deliveries.list({ event: id })).items.find(({ channel }) => channel === 'discord')
    await until(async () => ['sent', 'failed'].includes((await ofChannel())?.state ?? ''), 'the delivery')
    const delivery = await hub.deliveries.get((await ofChannel())!.id)
    return { delivery, posts: world.hooks.requests.slice(before).map((request) => request.json() as Post) }
  }

  it('costs the link, not the message, and the history says so', async () => {
    const { delivery, posts } = await report('https://ci.example.com/7')
    expect(delivery).toMatchObject({
      state: 'sent',
      history: [{ detail: expect.stringContaining('Sent without link and avatar, one of which the vendor refused') }],
    })
    expect(posts).toHaveLength(2)
    expect(posts[1]).not.toHaveProperty('avatar_url')
    expect(posts[1]!.embeds[0]).toMatchObject({ description: expect.stringMatching(/It broke\.[\s\S]*https\\?:.*ci\.example\.com/) })
  })

  it('is left out alone where the vendor names it, and fields stand in the text', async () => {
    await hub.eventTypes.put('order.shipped', {
      name: 'Shipped',
      templates: { default: { title: 'Shipped', body: 'On its way.', fields: [{ label: 'Carrier', value: '{{ data.carrier }}' }] } },
    })
    world.hooks.respond((request) => {
      const { fields = [] } = (request.json() as Post).embeds[0]!
      const errors = { embeds: { 0: { fields: { 0: { value: { _errors: [{ code: 'BASE_TYPE_REQUIRED', message: 'This field is required' }] } } } } } }
      return fields.length === 0 ? { body: { id: '1' } } : { status: 400, body: { code: 50035, message: 'Invalid Form Body', errors } }
    })
    const { delivery, posts } = await report('https://ci.example.com/7', { type: 'order.shipped', data: { carrier: 'Snail' } })
    expect(delivery).toMatchObject({ state: 'sent', history: [{ detail: expect.stringContaining('Sent without fields, which the vendor refused') }] })
    expect(posts).toHaveLength(2)
    expect(posts[1]).toMatchObject({ avatar_url: 'https://cdn.example.com/bell.png', embeds: [{ url: 'https://ci.example.com/7', fields: [] }] })
    expect(posts[1]!.embeds[0]!.description).toMatch(/Carrier: Snail/)
  })

  it('is left out beforehand where its refusal is known: a host without a dot at Discord', async () => {
    const { delivery, posts } = await report('http://bugsink:8000/issues/1')
    expect(delivery).toMatchObject({ state: 'sent', history: [{ detail: expect.stringContaining('is known to refuse') }] })
    expect(posts).toHaveLength(1)
    expect(posts[0]!.embeds[0]).toMatchObject({ description: expect.stringContaining('bugsink') })
    expect(posts[0]!.embeds[0]).not.toHaveProperty('url')
  })
})
