import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startTestHub } from '../../src/testing.ts'
import { engines } from '../setup/engines.ts'
import { openWorld, statesOf, until, type World } from './world.ts'

describe.each(engines)('an event that names its people (%s)', (engine) => {
  let world: World
  beforeAll(async () => {
    world = await openWorld(engine)
    for (const name of ['ana', 'ben']) await world.client(name).me.putDestination('webhook', { url: `${world.hooks.url}/${name}` })
    await world
      .client()
      .eventTypes.put('bell.rung', { category: 'bells', channels: { webhook: true }, templates: { default: { title: '{{ data.n }}', body: '' } } })
    await world.atRest()
  })
  afterAll(() => world.stop())

  const ring = (n: number, user = 'ana') => world.client().events.report({ type: 'bell.rung', to: [user], data: { n } })
  const heard = (path = '/ana') => world.hooksAt(path).map(({ body }) => JSON.parse(body).title)

  async function narrow(concurrency: number | null): Promise<void> {
    const hub = world.client()
    const { id } = (await hub.connections.list()).items.find(({ provider }) => provider === 'webhook')!
    await hub.connections.patch(id, { limits: concurrency === null ? null : { concurrency } })
  }

  let release = () => {}
  /** Reports until four deliveries are in flight and hang; the next ones wait in memory. */
  async function occupied(): Promise<void> {
    const released = new Promise<void>((resolve) => {
      release = resolve
    })
    world.hooks.respond(() => released.then(() => 200))
    const before = world.hooks.requests.length
    for (let n = 0; n < 4; n++) await ring(n)
    await until(() => world.hooks.requests.length === before + 4, 'four requests')
  }

  it('is planned when it is accepted', async () => {
    const { id } = await ring(1)
    expect((await world.client().events.get(id)).state).toBe('planned')
    expect(await statesOf(world.client(), id)).toHaveProperty('ana webhook')
    await world.atRest()
    expect(await statesOf(world.client(), id)).toMatchObject({ 'ana webhook': 'sent' })
  })

  it('is not sent when it is cancelled while it waits in memory', async () => {
    await occupied()
    const { id } = await ring(77)
    expect(await world.client().events.cancel(id)).toEqual({ cancelled: 1 })
    release()
    await world.atRest()
    expect(heard()).not.toContain('77')
    expect(await statesOf(world.client(), id)).toMatchObject({ 'ana webhook': 'cancelled' })
  })

  it('is tried like any other after a cancel that found it untried, once somebody asks for it', async () => {
    await occupied()
    const { id } = await ring(79)
    await world.client().events.cancel(id)
    const [cancelled] = (await world.client().deliveries.list({ event: id })).items
    expect(cancelled).toMatchObject({ state: 'cancelled', attempts: 0 })
    world.hooks.respond(503)
    await world.client().deliveries.retry(cancelled!.id)
    release()
    await world.atRest()
    expect(await world.client().deliveries.get(cancelled!.id)).toMatchObject({ state: 'queued', attempts: 1 })
    world.hooks.respond(200)
    world.clock.advance(60_000)
    await world.atRest()
    expect(await statesOf(world.client(), id)).toMatchObject({ 'ana webhook': 'sent' })
  })

  it('is not sent when the person no longer wants it while it waits in memory', async () => {
    await occupied()
    // Its own destination is free; its connection is not.
    await narrow(4)
    const { id } = await ring(78, 'ben')
    const me = world.client('ben').me
    await me.putRouting({ routes: { 'bell.rung': { webhook: false } } })
    world.clock.advance(1500)
    release()
    await world.atRest()
    expect(heard('/ben')).not.toContain('78')
    expect(await statesOf(world.client(), id)).toMatchObject({ 'ben webhook': 'suppressed' })
    await narrow(null)
  })
})

it('an event that another node has in memory is not sent once it is cancelled', async () => {
  const world = await openWorld('postgres')
  const other = await startTestHub({ databaseUrl: world.databaseUrl, clock: world.clock.now })
  try {
    let release = () => {}
    const released = new Promise<void>((resolve) => {
      release = resolve
    })
    await world.client('ana').me.putDestination('webhook', { url: `${world.hooks.url}/ana` })
    await world.client().eventTypes.put('bell.rung', { category: 'bells', channels: { webhook: true }, templates: { default: { title: 'Bell', body: '' } } })
    await world.client().events.report({ type: 'bell.rung', to: ['ana'], data: {} })
    await world.atRest()
    world.hooks.respond(() => released.then(() => 200))
    const before = world.hooks.requests.length
    const report = () => world.client().events.report({ type: 'bell.rung', to: ['ana'], data: {} })
    for (let n = 0; n < 4; n++) await report()
    await until(() => world.hooks.requests.length === before + 4, 'four requests')
    const { id } = await report()
    expect(await statesOf(world.client(), id)).toMatchObject({ 'ana webhook': 'sending' })
    await other.client().events.cancel(id)
    await until(async () => (await statesOf(world.client(), id))['ana webhook'] === 'cancelled', 'the end of the delivery')
    release()
    await world.atRest()
    expect(world.hooks.requests).toHaveLength(before + 4)
  } finally {
    await other.stop()
    await world.stop()
  }
})
