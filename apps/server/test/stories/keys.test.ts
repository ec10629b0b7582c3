import { createClient, type Scope } from '@carillon/client'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { engines } from '../setup/engines.ts'
import { openWorld, refusal, type World } from './world.ts'

const FORBIDDEN = { status: 403, code: 'forbidden', pointer: undefined }
const UNAUTHORIZED = { status: 401, code: 'unauthorized', pointer: undefined }
const NOT_FOUND = { status: 404, code: 'not_found', pointer: undefined }
const message = { title: 'Hello', body: '' }

describe.each(engines)('API keys and user tokens (%s)', (engine) => {
  let world: World
  beforeAll(async () => {
    world = await openWorld(engine)
  })
  afterEach(() => world.atRest())
  afterAll(() => world.stop())

  const withToken = (token: string, user?: string) => createClient({ baseUrl: world.address, token, ...(user && { user }) })
  const refusedAll = async (calls: (() => Promise<unknown>)[]) => {
    const refusals: unknown[] = []
    for (const call of calls) refusals.push(await refusal(call()))
    return refusals
  }
  async function keyWith(...scopes: Scope[]) {
    const made = await world.client().keys.create({ name: scopes.join(' '), scopes })
    return { ...made, client: withToken(made.key) }
  }

  it('a key permits only its scopes', async () => {
    const { client: sender } = await keyWith('events')
    const { id } = await sender.events.notify({ to: ['ana'], ...message })
    expect(await refusal(sender.events.get(id))).toEqual(FORBIDDEN)
    expect(await refusal(sender.users.put('ana', {}))).toEqual(FORBIDDEN)
    expect(await refusal(sender.keys.list())).toEqual(FORBIDDEN)

    const { client: reader } = await keyWith('read')
    expect(await reader.events.get(id)).toMatchObject({ id })
    expect(await refusal(reader.events.notify({ to: ['ana'], ...message }))).toEqual(FORBIDDEN)
    expect(await refusal(reader.channels.put('email', { enabled: false }))).toEqual(FORBIDDEN)

    const { client: issuer } = await keyWith('tokens')
    expect((await issuer.users.token('ana')).token).toEqual(expect.any(String))
    expect(await refusal(issuer.users.list())).toEqual(FORBIDDEN)

    const { client: admin } = await keyWith('admin')
    expect((await admin.keys.list()).items.length).toBeGreaterThan(3)
    expect(await admin.users.put('ana', { name: 'Ana' })).toMatchObject({ name: 'Ana' })
  })

  it('a key acts for a user only with the scope to do so', async () => {
    const { key: acting } = await keyWith('act')
    expect(await withToken(acting, 'ana').inbox.counts()).toMatchObject({ total: expect.any(Number) })
    expect(await refusal(withToken(acting).inbox.counts()), 'for whom?').toEqual(FORBIDDEN)
    const { key: reading } = await keyWith('read')
    expect(await refusal(withToken(reading, 'ana').inbox.counts())).toEqual(FORBIDDEN)
    expect(await refusal(withToken(acting, 'adr_1').inbox.counts())).toMatchObject({ pointer: '/header/carillon-user' })
  })

  it('a key acts for a user whose id is in any script', async () => {
    const { key } = await keyWith('act')
    for (const user of ['zoé', 'Łukasz', '名前']) {
      await world.client().events.notify({ to: [user], ...message })
      await world.atRest()
      expect(await withToken(key, user).inbox.counts(), user).toMatchObject({ total: 1 })
      // As curl does: the UTF-8 bytes unchanged.
      const headers = { authorization: `Bearer ${key}`, 'carillon-user': Buffer.from(user).toString('latin1') }
      expect(await (await fetch(`${world.address}/v1/inbox/counts`, { headers })).json(), user).toMatchObject({ total: 1 })
    }
  })

  it('a revoked key is refused at once, an expired one from its expiry on', async () => {
    const { id, client } = await keyWith('read')
    await client.users.list()
    await world.client().keys.revoke(id)
    expect(await refusal(client.users.list())).toEqual(UNAUTHORIZED)
    expect((await world.client().keys.list()).items.find((key) => key.id === id)).toMatchObject({
      revokedAt: expect.any(String),
      lastUsedAt: expect.any(String),
    })

    const short = await world.client().keys.create({ name: 'short', scopes: ['read'], expiresAt: new Date(world.clock.now() + 60_000).toISOString() })
    await withToken(short.key).users.list()
    world.clock.advance(60_000)
    expect(await refusal(withToken(short.key).users.list())).toEqual(UNAUTHORIZED)
    expect(await refusal(world.client().keys.create({ name: 'past', scopes: ['read'], expiresAt: new Date(world.clock.now()).toISOString() }))).toMatchObject({
      pointer: '/expiresAt',
    })
    expect(JSON.stringify(await world.client().keys.list()), 'a secret is shown once').not.toContain(short.key)
  })

  it('a missing, wrong or altered key is refused', async () => {
    const { key } = await keyWith('read')
    for (const token of ['', 'nonsense', `${key}x`, `${key.slice(0, -1)}${key.endsWith('a') ? 'b' : 'a'}`, 'ck_', world.rootKey.toUpperCase()])
      expect(await refusal(withToken(token).users.list()), token).toEqual(UNAUTHORIZED)
    expect((await fetch(`${world.address}/v1/users`)).status).toBe(401)
  })

  it('a user token sees only its user’s objects; others are not found', async () => {
    const [ana, ben] = [await world.browser('ana'), await world.browser('ben')]
    const { id } = await world.client().events.notify({ to: ['ana'], ...message })
    await world.atRest()
    const [entry] = (await ana.inbox.list()).items
    expect(entry).toMatchObject({ eventId: id })
    expect((await ben.inbox.list()).items).toEqual([])
    expect(await refusedAll([() => ben.inbox.read(entry!.id), () => ben.inbox.delete(entry!.id), () => ben.inbox.archive(entry!.id)])).toEqual([
      NOT_FOUND,
      NOT_FOUND,
      NOT_FOUND,
    ])
    expect(await refusal(ben.inbox.bulk({ ids: [entry!.id], action: 'read' }))).toMatchObject({ pointer: expect.stringContaining('/ids') })
    expect((await ana.inbox.list()).items[0]!.readAt).toBeNull()

    await world.client('ana').me.putDestination('webhook', { url: `${world.hooks.url}/ana` })
    expect(await refusal(ben.me.destination('webhook'))).toEqual(NOT_FOUND)
    const forbidden = [
      () => ben.events.get(id),
      () => ben.events.list(),
      () => ben.users.get('ana'),
      () => ben.deliveries.list(),
      () => ben.audit.list(),
      () => ben.events.notify({ to: ['ana'], ...message }),
    ]
    expect(await refusedAll(forbidden)).toEqual(forbidden.map(() => FORBIDDEN))
    const { token } = await world.client().users.token('ben')
    expect(await refusal(withToken(token, 'ana').inbox.counts()), 'no header makes one person another').toEqual(FORBIDDEN)
  })

  it('a token ends with its expiry, and with its user', async () => {
    const { token } = await world.client().users.token('cem', { expiresIn: 60 })
    await withToken(token).inbox.counts()
    world.clock.advance(61_000)
    expect(await refusal(withToken(token).inbox.counts())).toEqual(UNAUTHORIZED)
    const cem = await world.browser('cem')
    await cem.inbox.counts()
    await world.client().users.put('cem', { active: false })
    world.clock.advance(6000)
    expect(await refusal(cem.inbox.counts())).toEqual(UNAUTHORIZED)
  })

  it('foreign and invented ids are not found, whatever they look like', async () => {
    const hub = world.client()
    for (const id of ['evt_0', `evt_${'0'.repeat(32)}`, '../users', '%00', 'dlv_1'])
      expect(
        await refusedAll([
          () => hub.events.get(id),
          () => hub.events.trace(id),
          () => hub.events.cancel(id),
          () => hub.deliveries.get(id),
          () => hub.deliveries.retry(id),
          () => hub.connections.get(id),
          () => hub.keys.revoke(id),
        ]),
        id,
      ).toEqual(Array.from({ length: 7 }, () => NOT_FOUND))
  })

  it('the audit log records actor, action, target and request', async () => {
    const hub = world.client()
    const { id, key } = await keyWith('manage')
    await withToken(key).channels.put('email', { enabled: false })
    await withToken(key).channels.put('email', { enabled: true })
    await withToken(key).topics.put('audited')
    await hub.keys.revoke(id)
    const seen: string[] = []
    for await (const { actor, action, target, requestId } of hub.audit.all({ limit: 3 })) {
      expect(requestId).toMatch(/^req_/)
      seen.push(`${actor} ${action} ${target}`)
    }
    const at = seen.indexOf(`key:root key.revoked ${id}`)
    expect(seen.slice(at, at + 5), 'newest first').toEqual([
      `key:root key.revoked ${id}`,
      `key:${id} topic.put audited`,
      `key:${id} channel.enabled email`,
      `key:${id} channel.disabled email`,
      `key:root key.created ${id}`,
    ])
  })
})
