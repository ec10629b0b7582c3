import { type Client, type Connection, createClient } from '@carillon/client'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { engines } from '../setup/engines.ts'
import { goodForms } from './good-forms.ts'
import { openWorld, refusal, type World } from './world.ts'

/** A URL that says more than a server. */
const MORE = /\b[a-z][a-z0-9+.-]*:\/\/[^\s"/]+\/(?!\*{8}(?:"|$))[^\s"]/

describe.each(engines)('secrets in URLs (%s)', (engine) => {
  let world: World
  let reader: Client
  let manager: Client
  const lines: string[] = []
  beforeAll(async () => {
    world = await openWorld(engine, { log: (line) => lines.push(line) })
    const withScopes = async (...scopes: ('read' | 'manage')[]) =>
      createClient({ baseUrl: world.address, token: (await world.client().keys.create({ name: scopes.join(' '), scopes })).key })
    reader = await withScopes('read')
    manager = await withScopes('read', 'manage')
  })
  afterAll(() => world.stop())

  it('of every provider are readable only for those who may change the connection, and are kept when they come back', async () => {
    const forms = Object.entries(goodForms(world.hooks.url, 'none')).filter(([provider]) => provider !== 'script')
    expect(forms.length).toBeGreaterThan(35)
    const hook = { url: `${world.hooks.url}/services/T0A/B0B/s3cretToken?key=k3y` }
    for (const [provider, form] of [...forms, ['webhook', { destination: hook }] as const]) {
      const settings = { ...('settings' in form ? form.settings : {}) }
      const input = { provider, name: `${provider} ${Object.keys(form.destination).length}`, enabled: false, settings, destination: form.destination }
      const { id } = await manager.connections.create(input, { force: true })
      const [whole, shown] = [await manager.connections.get(id), await reader.connections.get(id)]
      const listed: Connection[] = []
      for await (const one of reader.connections.all()) if (one.id === id) listed.push(one)
      for (const seen of [shown, ...listed]) expect(JSON.stringify([seen.settings, seen.destination]), provider).not.toMatch(MORE)
      expect(listed, provider).toEqual([shown])
      await manager.connections.put(id, shown, { force: true })
      expect({ ...(await manager.connections.get(id)), updatedAt: null }, provider).toEqual({ ...whole, updatedAt: null })
    }
  })

  it('are shown to those who set them, and not taken for another server', async () => {
    const url = `${world.hooks.url}/wall/s3cretToken`
    const { id } = await manager.connections.create({ provider: 'webhook', name: 'Wall', destination: { url } }, { force: true })
    expect((await manager.connections.get(id)).destination).toEqual(expect.objectContaining({ url }))
    const { destination } = await reader.connections.get(id)
    expect(destination).toEqual(expect.objectContaining({ url: `${world.hooks.url}/********` }))
    const moved = { url: 'http://127.0.0.2:9/********' }
    expect(await refusal(manager.connections.patch(id, { destination: moved }, { force: true }))).toEqual({
      status: 422,
      code: 'invalid_field',
      pointer: '/destination/url',
    })
    expect(await refusal(manager.connections.create({ provider: 'webhook', name: 'New', destination: moved }, { force: true }))).toMatchObject({
      pointer: '/destination/url',
    })
  })

  it('are in no history, health, event, audit entry or log line when the server repeats them', async () => {
    const secrets = ['s3cretToken', 'k3y-of-hook', 'tok3n-of-dia', 'pr0xy-path-of-gotify']
    world.hooks.respond(({ path }) => {
      const said = `No route ${path}, nor ${path.split('?')[0]?.split('/').at(2)}`
      return { status: 400, body: { error: 'Bad Request', errorCode: 400, errorDescription: said } }
    })
    const { id } = await manager.connections.create(
      { provider: 'webhook', name: 'Echo', destination: { url: `${world.hooks.url}/in/T0A/s3cretToken?key=k3y-of-hook` }, events: [{ type: 'message' }] },
      { force: true },
    )
    await manager.connections.create(
      {
        provider: 'gotify',
        name: 'Echo of Gotify',
        settings: { server: `${world.hooks.url}/of/pr0xy-path-of-gotify` },
        destination: { token: 'AbCdEfGhIjKlMnO' },
        events: [{ type: 'message' }],
      },
      { force: true },
    )
    await world.client('dia').me.putDestination('webhook', { url: `${world.hooks.url}/people/tok3n-of-dia` })
    await world.client().events.notify({ to: ['dia'], title: 'Hello', body: '' })
    await world.atRest()
    const hub = world.client()
    const deliveries = []
    for await (const { id } of hub.deliveries.all()) deliveries.push(await hub.deliveries.get(id))
    const said = deliveries.flatMap(({ error, history }) => [error, ...history.map(({ detail }) => detail)])
    expect(said.filter((text) => text?.includes('No route ********')).length, JSON.stringify(said)).toBeGreaterThan(0)
    const read = [
      deliveries,
      (await reader.connections.get(id)).health,
      (await reader.connections.list()).items.map(({ health }) => health),
      await reader.health.get(),
      (await reader.events.list()).items,
      (await hub.audit.list()).items,
      (await world.client('dia').me.destination('webhook')).health,
      lines,
    ]
    for (const secret of secrets) expect(JSON.stringify(read)).not.toContain(secret)
  })
})
