import type { ConnectionInput } from '@carillon/client'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { SECOND } from '../../src/domain/time.ts'
import { type Receiver, startReceiver } from '../../src/providers/testing/receiver.ts'
import { engines } from '../setup/engines.ts'
import { decisionsOf, openWorld, refusal, statesOf, type World } from './world.ts'

describe.each(engines)('shared connections (%s)', (engine) => {
  let world: World
  let ntfy: Receiver
  let discord: Receiver
  beforeAll(async () => {
    world = await openWorld(engine)
    ntfy = await startReceiver({ body: { id: 'ntfy-1' } })
    discord = await startReceiver({ body: { id: '1000000000000000001' } })
    await world.client().eventTypes.put('build.failed', {
      severity: 'error',
      templates: { default: { title: 'Build {{ data.n }} failed', body: '**{{ data.branch }}** is red' } },
    })
  })
  afterEach(async () => {
    for await (const { id, personal } of world.client().connections.all()) if (!personal) await world.client().connections.delete(id)
    await world.atRest()
  })
  afterAll(() => Promise.all([world.stop(), ntfy.close(), discord.close()]))

  const room = (name: string, more: Partial<ConnectionInput>) =>
    world
      .client()
      .connections.create({ provider: 'webhook', name, personal: false, destination: { url: `${world.hooks.url}/${name}` }, events: [{ type: '*' }], ...more })
  async function report(data: { n: number; branch: string; repo?: { owner: string } }, more: object = {}) {
    const { id } = await world.client().events.report({ type: 'build.failed', to: ['ana', 'ben'], data, ...more })
    await world.atRest()
    return id
  }

  it('receive an event once, not once per person', async () => {
    const { id } = await room('once', {})
    const event = await report({ n: 1, branch: 'main' })
    expect(await decisionsOf(world.client(), event)).toMatchObject({ [`${id} webhook`]: 'deliver routed' })
    expect(world.hooksAt('/once').map((request) => request.json())).toMatchObject([{ title: 'Build 1 failed', data: { branch: 'main' } }])
    expect(world.hooksAt('/once')[0]!.json()).not.toHaveProperty('user')
  })

  it('receive events without recipients, and each dedup key once', async () => {
    const { id } = await room('alone', {})
    const fact = { to: [], dedupKey: 'main is red' }
    const first = await report({ n: 7, branch: 'main' }, fact)
    const again = await report({ n: 8, branch: 'main' }, fact)
    expect(await decisionsOf(world.client(), first)).toEqual({ [`${id} webhook`]: 'deliver routed' })
    expect(await decisionsOf(world.client(), again)).toEqual({ [`${id} webhook`]: 'skip duplicate' })
    expect(await world.client().events.explain({ type: 'build.failed', data: { n: 9, branch: 'main' }, ...fact })).toMatchObject({
      items: [{ connection: id, decision: 'skip', reason: 'duplicate', detail: 'main is red' }],
    })
    expect(world.hooksAt('/alone').map((request) => request.json())).toMatchObject([{ title: 'Build 7 failed' }])
  })

  it('receive their subscriptions, filtered by condition, tag and severity; each skip has its reason', async () => {
    const ids = {
      main: await room('main', { events: [{ type: 'build.failed', when: { branch: ['main', 'release'], 'repo.owner': 'us' } }] }),
      tagged: await room('tagged', { tags: ['nightly', 'ci'] }),
      loud: await room('loud', { minSeverity: 'critical' }),
      other: await room('other', { events: [{ type: 'order.shipped' }] }),
    }
    const said = async (event: string) => {
      const decisions = await decisionsOf(world.client(), event)
      return Object.fromEntries(Object.entries(ids).map(([name, { id }]) => [name, decisions[`${id} webhook`]]))
    }
    expect(await said(await report({ n: 2, branch: 'main', repo: { owner: 'us' } }, { tags: ['ci'] }))).toEqual({
      main: 'deliver routed',
      tagged: 'deliver routed',
      loud: 'skip severity',
      other: undefined,
    })
    expect(await said(await report({ n: 3, branch: 'topic', repo: { owner: 'us' } }, { severity: 'critical' }))).toEqual({
      main: 'skip condition',
      tagged: 'skip tags',
      loud: 'deliver routed',
      other: undefined,
    })
    expect(await said(await report({ n: 4, branch: 'main' }, { channels: ['email'] }))).toEqual({
      main: 'skip not_requested',
      tagged: 'skip not_requested',
      loud: 'skip not_requested',
      other: undefined,
    })
    expect(['/main', '/tagged', '/loud', '/other'].map((path) => world.hooksAt(path).length)).toEqual([1, 1, 1, 0])
  })

  it('receive event types with tagFiltered: false regardless of tags', async () => {
    await world.client().eventTypes.put('app.updated', { tagFiltered: false })
    const { id } = await room('tagged', { tags: ['nightly'], events: [{ type: 'app.updated' }, { type: 'build.failed' }] })
    const updated = await world.client().events.report({ type: 'app.updated', to: ['ana'] })
    await world.atRest()
    expect(await decisionsOf(world.client(), updated.id)).toMatchObject({ [`${id} webhook`]: 'deliver routed' })
    expect(await decisionsOf(world.client(), await report({ n: 5, branch: 'main' }))).toMatchObject({ [`${id} webhook`]: 'skip tags' })
  })

  it('receive nothing when they or their channel are disabled', async () => {
    const connection = await room('off', {})
    await world.client().channels.put('webhook', { enabled: false })
    const event = await report({ n: 5, branch: 'main' })
    expect(await decisionsOf(world.client(), event)).toMatchObject({ [`${connection.id} webhook`]: 'skip channel_disabled' })
    await world.client().channels.put('webhook', { enabled: true })
    await world.client().connections.put(connection.id, {
      provider: 'webhook',
      name: 'off',
      personal: false,
      destination: connection.destination,
      events: connection.events,
      enabled: false,
    })
    await report({ n: 6, branch: 'main' })
    expect(world.hooksAt('/off')).toEqual([])
  })

  it('may be topics on a self-hosted ntfy server', async () => {
    await room('phone', { provider: 'ntfy', settings: { server: ntfy.url, token: 'tk_operators' }, destination: { topic: 'builds', topics: ['on-call'] } })
    const event = await report({ n: 7, branch: 'main' }, { url: 'https://ci.example/7', tags: ['ci'] })
    const builds = ntfy.requests.find((request) => (request.json() as { topic: string }).topic === 'builds')!
    expect(ntfy.requests.filter((request) => request !== builds).map((request) => request.json())).toMatchObject([{ topic: 'on-call' }])
    expect(builds.headers.authorization).toBe('Bearer tk_operators')
    expect(builds.json()).toMatchObject({
      topic: 'builds',
      title: 'Build 7 failed',
      message: '**main** is red',
      click: 'https://ci.example/7',
      markdown: true,
      priority: 5,
    })
    const delivery = (await world.client().deliveries.list({ event })).items.find(({ channel }) => channel === 'ntfy')
    expect(delivery).toMatchObject({ state: 'sent', externalId: 'ntfy-1' })
  })

  it('with several topics retry only the failed ones', async () => {
    const requestsFor = (topic: string) => ntfy.requests.filter((request) => (request.json() as { topic: string }).topic === topic).length
    const { id } = await room('phones', { provider: 'ntfy', settings: { server: ntfy.url }, destination: { topics: ['day', 'night'] } })
    ntfy.respond((request) => ((request.json() as { topic: string }).topic === 'night' ? 503 : { body: { id: 'ntfy-1' } }))
    const event = await report({ n: 9, branch: 'main' })
    const [waiting] = (await world.client().deliveries.list({ event, connection: id })).items
    expect(waiting).toMatchObject({ state: 'queued', attempts: 1 })
    ntfy.respond({ body: { id: 'ntfy-2' } })
    world.clock.advance(10 * SECOND)
    await world.atRest()
    expect(await world.client().deliveries.get(waiting!.id)).toMatchObject({ state: 'sent', attempts: 2, externalId: 'ntfy-2' })
    expect([requestsFor('day'), requestsFor('night')]).toEqual([1, 2])
  })

  it('may be a Discord channel', async () => {
    const webhookUrl = `https://discord.com/api/webhooks/123456789012345678/${'t'.repeat(68)}`
    const connection = await room('guild', { provider: 'discord', settings: { apiUrl: discord.url }, destination: { webhookUrl } })
    expect(connection.destination).toEqual({ webhookUrl: '********' })
    const event = await report({ n: 8, branch: '@everyone' })
    expect(discord.requests.map(({ path }) => path)).toEqual([`/api/v10/webhooks/123456789012345678/${'t'.repeat(68)}?wait=true`])
    expect(discord.requests[0]!.json()).toMatchObject({ embeds: [{ title: 'Build 8 failed' }], allowed_mentions: { parse: [] } })
    expect(Object.values(await statesOf(world.client(), event))).toEqual(['sent'])
  })

  it('do not exclude personal ones: an ntfy topic per person', async () => {
    const { id } = await world
      .client()
      .connections.create({ provider: 'ntfy', name: 'ntfy', settings: { server: ntfy.url, token: 'tk_operators' }, personal: true })
    const before = ntfy.requests.length
    await world.client('ana').me.putDestination('ntfy', { topic: 'ana-phone' })
    await world.client('ben').me.putDestination('ntfy', { topic: `${world.hooks.url}/bens-topic`, token: 'tk_ben' })
    await report({ n: 9, branch: 'main' })
    expect(ntfy.requests.slice(before).map((request) => request.json())).toMatchObject([{ topic: 'ana-phone' }])
    const elsewhere = world.hooks.requests.at(-1)!
    expect(elsewhere.json()).toMatchObject({ topic: 'bens-topic' })
    expect(elsewhere.headers.authorization, 'the operator’s token stays at home').toBe('Bearer tk_ben')
    await world.client().connections.delete(id)
  })

  it.each([
    ['a provider that nobody knows', { provider: 'pigeon' }, '/provider'],
    ['no destination', { destination: null }, '/destination'],
    ['a destination of another shape', { destination: { topic: 'x' } }, '/destination/'],
    ['an address that is not public', { destination: { url: 'http://192.168.1.1/' } }, '/destination/url'],
    ['a name of two lines', { name: 'a\nb' }, '/name'],
    ['an unknown setting', { settings: { colour: 'red' } }, '/settings/colour'],
  ])('refuse %s', async (_what, more, pointer) => {
    const refused = await refusal(room('bad', more))
    expect(refused.status).toBeGreaterThanOrEqual(400)
    expect(refused.pointer).toMatch(new RegExp(`^${pointer}`))
  })
})
