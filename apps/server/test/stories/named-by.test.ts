import { type Client, createClient } from '@carillon/client'
import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { DAY } from '../../src/domain/time.ts'
import { type Hostility, startHostile } from '../../src/providers/testing/hostile.ts'
import { startReceiver } from '../../src/providers/testing/receiver.ts'
import { startTestHub, type TestHub } from '../../src/testing.ts'
import { createTestDatabase, engines, type TestDatabase } from '../setup/engines.ts'
import { openWorld, refusal, type World } from './world.ts'

const said = (error: unknown): string => JSON.stringify(error instanceof Error ? { ...error, message: error.message } : error)

describe.each(engines)('outbound guard: an address that a person names (%s)', (engine) => {
  let world: World
  let ana: Client
  beforeAll(async () => {
    world = await openWorld(engine, { env: { CARILLON_OUTBOUND_ALLOW: '127.0.0.1,10.0.0.1', CARILLON_OUTBOUND_ALLOW_USERS: '127.0.0.3' } })
    ana = await world.browser('ana')
  })
  afterAll(() => world.stop())
  const asApplication = () => world.client('ana').me

  it('is refused when it is saved, with its pointer and in words that name no variable', async () => {
    const { url, port } = world.hooks
    await world.client().connections.create({ provider: 'apprise', name: 'Relay', personal: true, settings: { server: url } })
    const forms: [channel: string, body: object, pointer: string][] = [
      ['webhook', { url: `${url}/ana` }, '/url'],
      ['webhook', { url: `${url}/ana`, method: 'PUT', bearer: 'x', headers: { Cookie: 'a=b' } }, '/url'],
      ['webhook', { url: 'https://169.254.169.254/' }, '/url'],
      ['webhook', { url: 'http://1.1.1.1:6379/' }, '/url'],
      ['ntfy', { topic: `${url}/alerts` }, '/topic'],
      ['mattermost', { webhookUrl: `${url}/hooks/${'k'.repeat(26)}` }, '/webhookUrl'],
      ['rocketchat', { webhookUrl: `${url}/hooks/64f0a1b2/token` }, '/webhookUrl'],
      ...['json', 'ntfy', 'gotify', 'bark', 'xml'].map((scheme): [string, object, string] => [
        'apprise',
        { urls: ['json://127.0.0.3/x', `${scheme}://127.0.0.1:${port}/AbCdEfGhIjKlMnO`] },
        '/urls/1',
      ]),
      ['apprise', { urls: [`mailto://ana:pw@127.0.0.1:2525/?to=ben@example.org`] }, '/urls/0'],
    ]
    for (const [channel, body, pointer] of forms) {
      const saving = ana.me.putDestination(channel, body as never)
      expect(await refusal(saving), JSON.stringify(body)).toEqual({ status: 422, code: 'address_not_allowed', pointer })
      const error = await saving.catch(said)
      expect(error).toContain(`"message":"${pointer} must be a public address of the internet`)
      expect(error).not.toMatch(/CARILLON_|private|metadata/)
      await expect(ana.me.destination(channel), 'nothing is stored').rejects.toMatchObject({ code: 'not_found' })
    }
    expect(world.hooks.requests).toEqual([])
    expect(await ana.me.putDestination('webhook', { url: `http://127.0.0.3:${port}/`, method: 'PUT', bearer: 'x' }), 'an exception').toMatchObject({
      channel: 'webhook',
    })
    await world.atRest()
    await ana.me.deleteDestination('webhook')
    await world.atRest()
  })

  it('is another matter than one that an application names for the same person', async () => {
    const body = { url: `${world.hooks.url}/theirs`, method: 'PUT' as const }
    await asApplication().putDestination('webhook', body)
    await world.client().events.notify({ to: ['ana'], channels: ['webhook'], title: 'Hello', body: '' })
    await world.atRest()
    expect(world.hooksAt('/theirs')).toMatchObject([{ method: 'PUT' }])

    expect(await ana.me.putDestination('webhook', body), 'saved again as it is').toMatchObject({ confirmedAt: expect.any(String) })
    expect(await refusal(ana.me.putDestination('webhook', { ...body, method: 'POST' }))).toMatchObject({ code: 'address_not_allowed', pointer: '/url' })
    await world.client().events.notify({ to: ['ana'], channels: ['webhook'], title: 'Again', body: '' })
    await world.atRest()
    expect(world.hooksAt('/theirs')).toHaveLength(2)
  })

  it('keeps the entries of a list that an application named', async () => {
    const theirs = `json://127.0.0.1:${world.hooks.port}/theirs`
    await asApplication().putDestination('apprise', { urls: [theirs] })
    const [masked] = (await ana.me.destination('apprise')).body['urls'] as string[]
    await ana.me.putDestination('apprise', { urls: [masked!, 'json://127.0.0.3/own'] })
    expect(await refusal(ana.me.putDestination('apprise', { urls: [masked!, `json://127.0.0.1:${world.hooks.port}/own`] }))).toMatchObject({
      pointer: '/urls/1',
    })
    const { rows } = await sql<{ named_by: string }>`select named_by from destinations where channel = 'apprise' order by n`.execute(world.app.dialect.db)
    expect(rows.map(({ named_by }) => named_by)).toEqual(['application', 'person'])
    await ana.me.deleteDestination('apprise')
  })

  it('is judged by the server that the connection names, where the person only adds a recipient', async () => {
    await world.client().connections.create({ provider: 'gotify', name: 'Push', personal: true, settings: { server: world.hooks.url } })
    await ana.me.putDestination('gotify', { token: 'AbCdEfGhIjKlMnO' })
    await world.atRest()
    expect(world.hooksAt('/message')).toHaveLength(1)
  })

  it('reads as not reached, whatever the network said; operators read the whole', async () => {
    const closed = await startReceiver()
    await closed.close()
    const hostile = await Promise.all((['reset', 'garbage', 'halfClosed', 'stall'] satisfies Hostility[]).map((kind) => startHostile(kind)))
    const [reset, garbage, halfClosed, stall] = hostile
    const { connections } = world.client()
    const webhooks = (await connections.list()).items.find(({ name }) => name === 'Webhooks')
    await connections.patch(webhooks!.id, { settings: { timeoutSeconds: 1 } })
    const cases: Record<string, [url: string, whole: RegExp]> = {
      refused: [closed.url, /refused the connection/],
      tls: [world.hooks.url.replace('http:', 'https:'), /does not speak TLS on this port/],
      reset: [reset!.url, /closed the connection/],
      garbage: [garbage!.url, /something that is not HTTP/],
      half: [halfClosed!.url, /closed the connection/],
      silent: [stall!.url, /did not answer in time/],
      guard: [
        'http://10.0.0.1:8080',
        /10\.0\.0\.1:8080 is a private address and was named by a person; add "10\.0\.0\.1:8080" to CARILLON_OUTBOUND_ALLOW_USERS/,
      ],
    }
    for (const [user, [url]] of Object.entries(cases)) await world.client(user).me.putDestination('webhook', { url })
    // As if each had been public when its person saved it.
    const { db } = world.app.dialect
    await sql`update destinations set named_by = 'person' where channel = 'webhook' and user_id = 'guard'`.execute(db)
    const { id: event } = await world.client().events.notify({ to: Object.keys(cases), channels: ['webhook'], title: 'Hello', body: '' })
    await world.atRest()
    await sql`update destinations set named_by = 'person' where channel = 'webhook' and user_id <> 'ana'`.execute(db)

    const seen = new Set<string>()
    for (const [user, [, whole]] of Object.entries(cases)) {
      const { health, body: _body, confirmedAt: _at, updatedAt: _then, ...shown } = await (await world.browser(user)).me.destination('webhook')
      seen.add(JSON.stringify({ ...shown, ...health, since: null, lastFailureAt: null }))
      expect(health.lastError, user).toBe('could not be reached')
      expect(JSON.stringify((await (await world.browser(user)).me.destinations()).items), user).not.toMatch(whole)
      expect((await world.client(user).me.destination('webhook')).health.lastError, user).toMatch(whole)
      const delivery = (await world.client().deliveries.list({ event })).items.find(({ recipient, channel }) => recipient === user && channel === 'webhook')
      expect((await world.client().deliveries.get(delivery!.id)).history.map(({ detail }) => detail).join(), user).toMatch(whole)
    }
    expect([...seen], 'nothing tells one from another').toHaveLength(1)

    world.clock.advance(5 * DAY)
    await world.client().events.notify({ to: ['refused'], channels: ['webhook'], title: 'Hello', body: '' })
    await world.atRest()
    const owner = await world.browser('refused')
    expect((await owner.me.destination('webhook')).goneReason).toBe('has only failed for five days')
    const { items } = await owner.inbox.list()
    expect(items).toMatchObject([{ type: 'destination.switched_off', body: expect.stringContaining('It has only failed for five days.') }])
    expect(JSON.stringify(items)).not.toMatch(/refused the connection|127\.0\.0\.1/)
    await Promise.all(hostile.map((server) => server.close()))
  })
})

describe.each(engines)('CARILLON_OUTBOUND_ALLOW_USERS (%s)', (engine) => {
  let hub: TestHub
  let database: TestDatabase
  beforeAll(async () => {
    database = await createTestDatabase(engine)
    hub = await startTestHub({ databaseUrl: database.url, env: { CARILLON_OUTBOUND_ALLOW: '', CARILLON_OUTBOUND_ALLOW_USERS: '127.0.0.1' } })
  })
  afterAll(async () => {
    await hub.stop()
    await database.remove()
  })

  it('opens an address to people, and to nobody else', async () => {
    const hooks = await startReceiver()
    await hub.client().connections.create({ provider: 'webhook', name: 'Webhooks', personal: true })
    const { token } = await hub.client().users.token('ana')
    await createClient({ baseUrl: hub.address, token }).me.putDestination('webhook', { url: `${hooks.url}/ana` })
    await hub.settle()
    expect(hooks.requests).toMatchObject([{ path: '/ana' }])
    await expect(hub.client('ben').me.putDestination('webhook', { url: `${hooks.url}/ben` })).rejects.toMatchObject({
      code: 'address_not_allowed',
      message: expect.stringContaining('to CARILLON_OUTBOUND_ALLOW to allow it'),
    })
    await hooks.close()
  })
})
