import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { engines } from '../setup/engines.ts'
import { decisionsOf, openWorld, refusal, statesOf, type World } from './world.ts'

/** The channels of these stories; decisions on others are left out. */
const MINE = ['*', 'in_app', 'email', 'webhook']

describe.each(engines)('routing matrix (%s)', (engine) => {
  let world: World
  let person = 0
  /** A new user with a mailbox and a webhook. */
  async function somebody(): Promise<string> {
    const user = `p${++person}`
    await world.client().users.put(user, { email: `${user}@example.com` })
    await world.client(user).me.putDestination('webhook', { url: `${world.hooks.url}/${user}` })
    return user
  }
  /** Reports an event and returns the decisions, without the name of the person. */
  async function report(user: string, type: string, more: { channels?: string[] } = {}): Promise<Record<string, string>> {
    const { id } = await world.client().events.report({ type, to: [user], ...more })
    await world.atRest()
    const decisions = Object.entries(await decisionsOf(world.client(), id)).map(([key, said]) => [key.slice(user.length + 1), said])
    return Object.fromEntries(decisions.filter(([channel]) => MINE.includes(channel!)))
  }
  const everything = { in_app: 'deliver routed', email: 'deliver routed', webhook: 'deliver routed' }

  beforeAll(async () => {
    world = await openWorld(engine)
    const { eventTypes } = world.client()
    await eventTypes.put('order.shipped', { category: 'orders' })
    await eventTypes.put('offer.made', { category: 'marketing', channels: { in_app: true, email: false } })
    await eventTypes.put('terms.changed', { category: 'legal', locked: ['in_app', 'webhook'], channels: { in_app: true, email: true, webhook: false } })
    await eventTypes.put('password.reset', { category: 'account', critical: true })
  })
  afterEach(() => world.atRest())
  afterAll(() => world.stop())

  it('uses the person’s cell, else the event type’s default, else on', async () => {
    const user = await somebody()
    const { me } = world.client(user)
    expect(await report(user, 'order.shipped')).toEqual(everything)
    expect(await report(user, 'offer.made')).toEqual({ in_app: 'deliver routed', email: 'skip route_off', webhook: 'skip route_off' })

    const matrix = await me.putRouting({ routes: { 'order.shipped': { email: false }, 'offer.made': { email: true, in_app: false } } })
    expect(matrix.eventTypes.find(({ key }) => key === 'offer.made')!.channels['email']).toEqual({ enabled: true, default: false, locked: false })
    expect(await report(user, 'order.shipped')).toEqual({ ...everything, email: 'skip route_off' })
    expect(await report(user, 'offer.made')).toEqual({ in_app: 'skip route_off', email: 'deliver routed', webhook: 'skip route_off' })

    await me.putRouting({ routes: { 'order.shipped': { email: null } } })
    expect(await report(user, 'order.shipped')).toEqual(everything)
  })

  it('stores the notification but does not show it when in_app is off', async () => {
    const user = await somebody()
    await world.client(user).me.putRouting({ routes: { 'order.shipped': { in_app: false } } })
    const { id } = await world.client().events.report({ type: 'order.shipped', to: [user] })
    await world.atRest()
    expect((await world.client().events.get(id)).notifications).toMatchObject([{ user, visible: false }])
    expect((await world.client(user).inbox.list()).items).toEqual([])
    expect(await world.client(user).inbox.counts()).toEqual({ total: 0, unread: 0, unseen: 0 })
  })

  it('has locked cells that cannot be changed', async () => {
    const user = await somebody()
    const { me } = world.client(user)
    expect(await refusal(me.putRouting({ routes: { 'order.shipped': { email: false }, 'terms.changed': { in_app: false } } }))).toEqual({
      status: 422,
      code: 'locked_route',
      pointer: '/routes/terms.changed/in_app',
    })
    expect(await report(user, 'order.shipped'), 'nothing of a refused change is kept').toEqual(everything)
    await me.patchPreferences({ channels: { in_app: false }, categories: { legal: { in_app: false } } })
    expect(await report(user, 'terms.changed')).toEqual({ in_app: 'deliver locked', email: 'deliver routed', webhook: 'skip route_off' })
  })

  it('has a master per channel and per category, and records the more specific reason', async () => {
    const user = await somebody()
    const { me } = world.client(user)
    await me.patchPreferences({ channels: { webhook: false }, categories: { orders: { email: false } } })
    expect(await report(user, 'order.shipped')).toEqual({ in_app: 'deliver routed', email: 'skip category_off', webhook: 'skip channel_off' })
    expect(await report(user, 'offer.made')).toMatchObject({ email: 'skip route_off', webhook: 'skip channel_off' })
    expect(await me.patchPreferences({ channels: { webhook: null } })).toEqual({ channels: {}, categories: { orders: { email: false } } })
    expect(await report(user, 'order.shipped')).toEqual({ ...everything, email: 'skip category_off' })
  })

  it('delivers a critical event despite preferences, if possible at all', async () => {
    const user = await somebody()
    const { me } = world.client(user)
    await me.patchPreferences({ channels: { email: false, in_app: false }, categories: { account: { webhook: false } } })
    expect(await report(user, 'password.reset')).toEqual({ in_app: 'deliver critical', email: 'deliver critical', webhook: 'deliver critical' })
    await me.deleteDestination('webhook')
    expect(await report(user, 'password.reset', { channels: ['webhook', 'in_app'] })).toEqual({
      in_app: 'deliver critical',
      email: 'skip not_requested',
      webhook: 'skip no_destination',
    })
  })

  it('is restricted by the event’s channels, never extended', async () => {
    const user = await somebody()
    await world.client(user).me.putRouting({ routes: { 'order.shipped': { email: false } } })
    expect(await report(user, 'order.shipped', { channels: ['email', 'webhook'] })).toEqual({
      in_app: 'skip not_requested',
      email: 'skip route_off',
      webhook: 'deliver routed',
    })
    expect(await refusal(world.client().events.report({ type: 'order.shipped', to: [user], channels: ['in_app', 'pigeon'] }))).toEqual({
      status: 422,
      code: 'invalid_field',
      pointer: '/channels/1',
    })
  })

  it('skips a channel that the operator disabled, and keeps its cells', async () => {
    const hub = world.client()
    const user = await somebody()
    await world.client(user).me.putRouting({ routes: { 'offer.made': { webhook: true } } })
    await hub.channels.put('webhook', { enabled: false })
    expect(await report(user, 'offer.made')).toMatchObject({ webhook: 'skip channel_disabled' })
    expect((await world.client(user).me.routing()).channels).toEqual(['in_app', 'apprise', 'email'])
    await hub.channels.put('webhook', { enabled: true })
    expect(await report(user, 'offer.made')).toMatchObject({ webhook: 'deliver routed' })
  })

  it('skips an address that is gone, notifies its owner in the inbox, and resumes with a new one', async () => {
    const hub = world.client()
    const user = await somebody()
    world.hooks.respond(({ path }) => (path === `/${user}` ? 410 : 200))
    const { id } = await hub.events.report({ type: 'order.shipped', to: [user], channels: ['webhook'] })
    await world.atRest()
    expect(await statesOf(hub, id)).toEqual({ [`${user} webhook`]: 'failed' })
    expect(await world.client(user).me.destination('webhook')).toMatchObject({ goneAt: expect.any(String), goneReason: expect.stringContaining('410') })
    expect((await world.client(user).inbox.list()).items).toMatchObject([{ type: 'destination.switched_off', title: 'We can no longer reach you by webhook' }])
    expect(await report(user, 'order.shipped')).toEqual({ ...everything, webhook: 'skip destination_gone' })

    await world.client(user).me.putDestination('webhook', { url: `${world.hooks.url}/${user}/new` })
    expect(await report(user, 'order.shipped')).toEqual(everything)
    expect(world.hooksAt(`/${user}/new`)).toHaveLength(1)
    world.hooks.respond(200)
  })

  it.each([
    ['a cell', 'route_off', (user: string) => world.client(user).me.putRouting({ routes: { 'order.shipped': { webhook: false } } })],
    ['the channel', 'channel_off', (user: string) => world.client(user).me.patchPreferences({ channels: { webhook: false } })],
    ['the account', 'user_inactive', (user: string) => world.client().users.put(user, { active: false })],
    ['the address', 'no_destination', (user: string) => world.client(user).me.deleteDestination('webhook')],
    ['the whole hub’s channel', 'channel_disabled', () => world.client().channels.put('webhook', { enabled: false })],
  ])('reads again when an attempt begins: %s was switched off meanwhile', async (_what, reason, optOut) => {
    const hub = world.client()
    const user = await somebody()
    world.hooks.respond(503)
    const { id } = await hub.events.report({ type: 'order.shipped', to: [user], channels: ['webhook'] })
    await world.atRest()
    expect(await statesOf(hub, id)).toEqual({ [`${user} webhook`]: 'queued' })

    world.hooks.respond(200)
    await optOut(user)
    world.clock.advance(6000)
    await world.atRest()
    expect(await statesOf(hub, id)).toEqual({ [`${user} webhook`]: 'suppressed' })
    expect(world.hooksAt(`/${user}`), 'the first attempt only').toHaveLength(1)
    const decisions = (await hub.events.trace(id)).items
      .filter(({ channel }) => channel === 'webhook')
      .map(({ decision, reason, detail }) => ({ decision, reason, detail }))
    expect(decisions).toEqual([
      { decision: 'deliver', reason: 'routed', detail: null },
      { decision: 'skip', reason, detail: expect.stringMatching(/^dlv_.*: read again when the attempt began$/) },
    ])
    await hub.channels.put('webhook', { enabled: true })
  })

  it('records expired when the event expired before it was planned', async () => {
    const hub = world.client()
    const user = await somebody()
    world.hooks.respond(503)
    const expiresAt = new Date(world.clock.now() + 3000).toISOString()
    const sendAt = new Date(world.clock.now() + 1000).toISOString()
    const tried = await hub.events.report({ type: 'order.shipped', to: [user], channels: ['webhook'], expiresAt })
    const slept = await hub.events.report({ type: 'order.shipped', to: [user], sendAt, expiresAt })
    await world.atRest()
    world.clock.advance(6000)
    await world.atRest()
    expect(await statesOf(hub, tried.id)).toEqual({ [`${user} webhook`]: 'expired' })
    expect(await decisionsOf(hub, slept.id)).toEqual({ [`${user} *`]: 'skip expired' })
    world.hooks.respond(200)
  })
})
