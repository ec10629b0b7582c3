import { createClient } from '@carillon/client'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startTestHub } from '../../src/testing.ts'
import { engines } from '../setup/engines.ts'
import { ask } from './access/ask.ts'
import { decisionsOf, openWorld, partsOf, refusal, statesOf, until, type World } from './world.ts'

type End =
  | 'its user was deleted'
  | 'its user was deleted and made again'
  | 'its user is inactive'
  | 'its key was revoked'
  | 'its key has expired'
  | 'its token has expired'

/** Something that somebody was given once. `use` returns the status that it is worth now. */
interface Given {
  /** The key by which it was asked for, when it was one. */
  keyId?: string
  use(): Promise<number>
}

/** How each ends. What is not listed does not end so: a key has no user. */
const CREDENTIALS: { name: string; give: (at: World, user: string) => Promise<Given>; good: number; ends: { [end in End]?: number } }[] = [
  {
    name: 'an API key',
    good: 200,
    async give(at) {
      const { id, key } = await timeKey(at, 'read')
      return { keyId: id, use: async () => (await ask(at.address, { method: 'GET', path: '/v1/users', headers: bearer(key) })).status }
    },
    ends: { 'its key was revoked': 401, 'its key has expired': 401 },
  },
  {
    name: 'a user token',
    good: 200,
    async give(at, user) {
      const token = await timeToken(at, user)
      return { use: async () => (await ask(at.address, { method: 'GET', path: '/v1/inbox/counts', headers: bearer(token) })).status }
    },
    ends: { 'its user was deleted': 401, 'its user was deleted and made again': 401, 'its user is inactive': 401, 'its token has expired': 401 },
  },
  {
    name: 'a stream ticket that a user token asked for',
    good: 200,
    give: async (at, user) => ticket(at, bearer(await timeToken(at, user))),
    ends: { 'its user was deleted': 401, 'its user was deleted and made again': 401, 'its user is inactive': 401, 'its token has expired': 401 },
  },
  {
    name: 'a stream ticket that a key asked for',
    good: 200,
    async give(at, user) {
      const { id, key } = await timeKey(at, 'act')
      return { keyId: id, ...(await ticket(at, { ...bearer(key), 'carillon-user': user })) }
    },
    ends: {
      'its user was deleted': 401,
      'its user was deleted and made again': 401,
      'its user is inactive': 401,
      'its key was revoked': 401,
      'its key has expired': 401,
    },
  },
  {
    name: 'a confirmation code',
    good: 200,
    async give(at, user) {
      const address = `${user}@example.com`
      await createClient({ baseUrl: at.address, token: await timeToken(at, user) }).me.putDestination('email', { address })
      await at.atRest()
      const code = /code is \**([A-Z0-9]{8})/.exec(partsOf(at.mailsTo(address)[0]!)['text/plain'] ?? '')?.[1] ?? 'none'
      const { me } = at.client(user)
      const use = () =>
        me.confirmDestination('email', code).then(
          () => 200,
          (error: { status: number }) => error.status,
        )
      return { use }
    },
    ends: { 'its user was deleted': 422, 'its user was deleted and made again': 422 },
  },
]

const END: { [end in End]: (at: World, user: string, keyId: string | undefined) => Promise<unknown> } = {
  'its user was deleted': (at, user) => at.client().users.delete(user),
  async 'its user was deleted and made again'(at, user) {
    await at.client().users.delete(user)
    await at.client().users.put(user, {})
    // Whoever has the id now types the same address.
    await (await at.browser(user)).me.putDestination('email', { address: `${user}@example.com` })
  },
  'its user is inactive': (at, user) => at.client().users.put(user, { active: false }),
  'its key was revoked': (at, _user, keyId) => at.client().keys.revoke(keyId ?? ''),
  'its key has expired': async (at) => at.clock.advance(LIFE),
  'its token has expired': async (at) => at.clock.advance(LIFE),
}

/** Shorter than a ticket and longer than what is remembered of a caller. */
const LIFE = 30_000
const bearer = (token: string) => ({ authorization: `Bearer ${token}` })
const timeKey = (at: World, scope: 'read' | 'act') =>
  at.client().keys.create({ name: scope, scopes: [scope], expiresAt: new Date(at.clock.now() + LIFE).toISOString() })
/** The shortest token lives 60 s: half of its life is over. */
async function timeToken(at: World, user: string): Promise<string> {
  const { token } = await at.client().users.token(user, { expiresIn: 60 })
  at.clock.advance(60_000 - LIFE)
  return token
}

async function ticket(at: World, headers: Record<string, string>): Promise<Given> {
  const { body } = await ask(at.address, { method: 'POST', path: '/v1/inbox/tickets', headers })
  const { ticket } = body as { ticket: string }
  return { use: async () => (await ask(at.address, { method: 'GET', path: `/v1/inbox/stream?ticket=${ticket}`, headers: {} })).status }
}

describe.each(engines)('credentials end with their owner (%s)', (engine) => {
  let world: World
  let people = 0
  beforeAll(async () => {
    world = await openWorld(engine)
  })
  afterAll(() => world.stop())

  const somebody = async () => {
    const user = `user-${++people}`
    await world.client().users.put(user, {})
    return user
  }

  const rows = CREDENTIALS.flatMap(({ name, give, good, ends }) =>
    (Object.entries(ends) as [End, number][]).map(([end, status]) => ({ name, end, give, good, status })),
  )

  it.each(CREDENTIALS)('$name is good until then', async ({ give, good }) => {
    const { use } = await give(world, await somebody())
    expect(await use()).toBe(good)
  })

  it.each(rows)('$name is worth $status once $end', async ({ give, end, status }) => {
    const user = await somebody()
    const { keyId, use } = await give(world, user)
    await END[end](world, user, keyId)
    expect(await use()).toBe(status)
  })

  it('a user token is good again when its user is active again', async () => {
    const user = await somebody()
    const browser = await world.browser(user)
    await browser.inbox.counts()
    await world.client().users.put(user, { active: false })
    expect(await refusal(browser.inbox.counts())).toMatchObject({ status: 401, code: 'unauthorized' })
    for (const issued of [world.client(user).inbox.ticket(), world.client().users.token(user)])
      expect(await refusal(issued), 'nor is anything new issued').toMatchObject({ status: 409, code: 'conflict' })
    await world.client().users.put(user, { active: true })
    expect(await browser.inbox.counts()).toMatchObject({ total: 0 })
  })

  it('a user whom an event made is one like any other', async () => {
    await world.client().events.notify({ to: ['by-event'], title: 'Hello', body: '' })
    await world.atRest()
    const first = await world.browser('by-event')
    expect(await first.inbox.counts()).toMatchObject({ total: 1 })
    await world.client().users.delete('by-event')
    await world.client().events.notify({ to: ['by-event'], title: 'Again', body: '' })
    await world.atRest()
    expect(await refusal(first.inbox.counts())).toMatchObject({ status: 401 })
    expect(
      (await (await world.browser('by-event')).inbox.list()).items.map(({ title }) => title),
      'nothing of the first',
    ).toEqual(['Again'])
  })

  it('whoever gets a deleted id gets nothing of the one before', async () => {
    const user = await somebody()
    const { me } = world.client(user)
    await world.client().topics.put('for-some')
    await me.subscribe('for-some')
    await me.registerDevice({ provider: 'fcm', token: `device-of-${user}` })
    await me.putDestination('webhook', { url: `${world.hooks.url}/${user}` })
    const tell = () => world.client().events.report({ type: 'message', to: [user], data: { title: 'Private', body: '' }, dedupKey: 'once' })
    await tell()
    await world.atRest()
    await world.client().users.delete(user)
    await world.client().users.put(user, {})
    const now = await world.browser(user)
    expect([(await now.inbox.list()).items, (await now.me.topics()).items, (await now.me.devices()).items, (await now.me.destinations()).items]).toEqual([
      [],
      [],
      [],
      [],
    ])
    await tell()
    await world.atRest()
    expect(await now.inbox.counts(), 'nor is it left out of what the one before was told').toMatchObject({ total: 1 })
  })

  it('an open stream of the one before gets nothing of the next, also before its heartbeat', async () => {
    const user = await somebody()
    const { token } = await world.client().users.token(user)
    const stream = await fetch(`${world.address}/v1/inbox/stream`, { headers: bearer(token) })
    let seen = ''
    const reading = (async () => {
      for await (const chunk of stream.body ?? []) seen += Buffer.from(chunk).toString()
    })()
    await until(() => seen.includes('event: counts'), 'the stream has begun')
    await world.client().users.delete(user)
    await world.client().users.put(user, {})
    await world.client().events.notify({ to: [user], title: 'Only for the next', body: '' })
    await world.atRest()
    await reading
    expect(seen).toContain('signed_out')
    expect(seen).not.toContain('Only for the next')
  })

  it('an event that is scheduled for the one before brings nobody back, and is not for the next', async () => {
    const [gone, remade] = [await somebody(), await somebody()]
    const sendAt = new Date(world.clock.now() + 60 * 60_000).toISOString()
    const to = [gone, remade].map((user) => ({ user, email: `${user}@example.com` }))
    const { id } = await world.client().events.report({ type: 'message', to, data: { title: 'Private', body: '' }, sendAt })
    world.clock.advance(60_000)
    for (const user of [gone, remade]) await world.client().users.delete(user)
    await world.client().users.put(remade, { email: 'the-next@example.com' })
    world.clock.advance(60 * 60_000)
    await world.atRest()
    expect(await refusal(world.client().users.get(gone))).toMatchObject({ status: 404 })
    expect(await world.client().users.get(remade)).toMatchObject({ email: 'the-next@example.com' })
    expect(await world.client(remade).inbox.counts()).toMatchObject({ total: 0 })
    expect([gone, remade, 'the-next'].flatMap((name) => world.mailsTo(`${name}@example.com`))).toEqual([])
    expect(await decisionsOf(world.client(), id)).toEqual({ [`${gone} *`]: 'skip user_inactive', [`${remade} *`]: 'skip user_inactive' })
  })

  it('what still waited for the one before is not sent to the next', async () => {
    const user = await somebody()
    const at = (name: string) => world.client(user).me.putDestination('webhook', { url: `${world.hooks.url}/${name}-${user}` })
    await at('old')
    world.hooks.respond(503)
    const { id } = await world.client().events.notify({ to: [user], title: 'Private', body: '' })
    await world.atRest()
    expect(await statesOf(world.client(), id)).toEqual({ [`${user} webhook`]: 'queued' })
    await world.client().users.delete(user)
    await world.client().users.put(user, {})
    await at('next')
    world.hooks.respond(200)
    world.clock.advance(60 * 60_000)
    await world.atRest()
    expect(await statesOf(world.client(), id)).toEqual({ [`${user} webhook`]: 'cancelled' })
    expect(world.hooksAt(`/next-${user}`)).toEqual([])
  })

  it('a stored answer ends with the user whom it concerns', async () => {
    const user = await somebody()
    const root = { ...bearer(world.rootKey), 'idempotency-key': 'once' }
    const asked = { method: 'POST', path: '/v1/inbox/tickets', headers: { ...root, 'carillon-user': user }, body: '{}' }
    const issued = { method: 'POST', path: `/v1/users/${user}/tokens`, headers: root, body: '{}' }
    const mine = async () => ({ ...asked, headers: { ...bearer((await world.client().users.token(user)).token), 'idempotency-key': 'once' } })
    const answers = async () => Promise.all([asked, issued, await mine()].map(async (one) => (await ask(world.address, one)).body))
    const first = await answers()
    expect(await answers(), 'the same while the user is the same').toEqual(first)
    await world.client().users.delete(user)
    await world.client().users.put(user, {})
    const second = await answers()
    expect(second.map((body, i) => JSON.stringify(body) === JSON.stringify(first[i]))).toEqual([false, false, false])
    const { token } = second[1] as { token: string }
    expect((await ask(world.address, { method: 'GET', path: '/v1/inbox/counts', headers: bearer(token) })).status).toBe(200)
  })

  it.runIf(engine === 'postgres')('another node forgets whom it remembered', async () => {
    const node = await startTestHub({ databaseUrl: world.databaseUrl, clock: world.clock.now })
    try {
      for (const end of [
        (user: string) => world.client().users.delete(user),
        (user: string) => world.client().users.put(user, { active: false }),
        (user: string) => world.client().users.putBatch([{ id: user, active: false }]),
      ]) {
        const user = await somebody()
        const headers = bearer((await world.client().users.token(user)).token)
        const there = async () => (await ask(node.address, { method: 'GET', path: '/v1/inbox/counts', headers })).status
        expect(await there()).toBe(200)
        await end(user)
        // The clock stands still, so nothing that is remembered becomes too old.
        await until(async () => (await there()) === 401, 'the other node hears of it')
      }
    } finally {
      await node.stop()
    }
  })
})
