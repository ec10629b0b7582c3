import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { engines, openTestStore, type TestStore } from '../../test/setup/engines.ts'
import { createTestServer } from '../app/testing/server.ts'
import { providers } from '../providers/index.ts'

type Server = Awaited<ReturnType<typeof createTestServer>>
type Call = Parameters<Server['call']>

interface Row {
  what: string
  /** Calls at the same moment, each of which changes another part of what is stored for this user or topic. */
  calls(id: string): Call[]
  read(id: string): Call
  /** What must be stored in the end. */
  all(id: string): object
}

const times = <T>(count: number, make: (n: number) => T): T[] => Array.from({ length: count }, (_, n) => make(n))
const CHANNELS = [...new Set(providers.map(({ channel }) => channel))].slice(0, 20)
const TOPICS = times(20, (n) => `topic${n}`)
const ADDRESSES = times(300, (n) => ({ email: `a${n}@example.com` }))
const PROFILE = { email: 'ada@example.com', name: 'Ada', locale: 'de', timezone: 'Europe/Berlin', data: { team: 'a' } }

/** Everything that is read, merged and written again. */
const ROWS: Row[] = [
  {
    what: 'PATCH /v1/me/preferences',
    calls: (user) => CHANNELS.map((channel) => ['PATCH', '/v1/me/preferences', { channels: { [channel]: false } }, { user }]),
    read: (user) => ['GET', '/v1/me/preferences', undefined, { user }],
    all: () => ({ channels: Object.fromEntries(CHANNELS.map((channel) => [channel, false])), categories: {} }),
  },
  {
    what: 'PUT /v1/me/routing, the same cells in another order',
    calls: (user) =>
      times(20, (n) => {
        const cells = Object.fromEntries((n % 2 === 0 ? CHANNELS : CHANNELS.toReversed()).map((channel) => [channel, false]))
        return ['PUT', '/v1/me/routing', { routes: { message: cells } }, { user }]
      }),
    read: (user) => ['GET', '/v1/me/routing', undefined, { user }],
    // The matrix shows channels that have a connection, and none has here: what counts is that no call was refused.
    all: () => ({ eventTypes: expect.any(Array) }),
  },
  {
    what: 'PUT /v1/users/:id',
    calls: (user) => Object.entries(PROFILE).map(([field, value]) => ['PUT', `/v1/users/${user}`, { [field]: value }]),
    read: (user) => ['GET', `/v1/users/${user}`],
    all: () => PROFILE,
  },
  {
    what: 'POST /v1/users/batch, the same people in another order',
    calls: (user) =>
      Object.entries(PROFILE).map(([field, value], n) => {
        const users = [user, `${user}-b`, `${user}-c`].map((id) => ({ id, [field]: value }))
        return ['POST', '/v1/users/batch', { users: n % 2 === 0 ? users : users.toReversed() }]
      }),
    read: (user) => ['GET', `/v1/users/${user}-b`],
    all: () => PROFILE,
  },
  {
    what: 'POST /v1/topics/:key/subscribers with profiles',
    calls: (user) => Object.entries(PROFILE).map(([field, value]) => ['POST', '/v1/topics/team/subscribers', { add: [{ user, [field]: value }] }]),
    read: (user) => ['GET', `/v1/users/${user}`],
    all: () => PROFILE,
  },
  {
    what: 'POST /v1/topics/:key/subscribers, the same addresses in another order, added and removed',
    calls: (topic) =>
      times(20, (n) => {
        const given = n % 2 === 0 ? ADDRESSES : ADDRESSES.toReversed()
        return [
          'POST',
          `/v1/topics/list-${topic}/subscribers`,
          { add: given.filter(({ email }) => email !== 'a0@example.com'), ...(n % 3 === 0 && { remove: given }) },
        ]
      }),
    read: (topic) => ['GET', `/v1/topics/list-${topic}`],
    all: (topic) => ({ key: `list-${topic}` }),
  },
  {
    what: 'PUT /v1/topics/:key',
    calls: (topic) => [
      ['PUT', `/v1/topics/${topic}`, { name: 'Team' }],
      ['PUT', `/v1/topics/${topic}`, { open: true }],
    ],
    read: (topic) => ['GET', `/v1/topics/${topic}`],
    all: () => ({ name: 'Team', open: true }),
  },
  {
    what: 'PUT /v1/me/destinations/:channel, the same one',
    calls: (user) => times(20, (n) => ['PUT', '/v1/me/destinations/email', { address: 'one@example.com', name: `n${n}` }, { user }]),
    read: (user) => ['GET', '/v1/me/destinations/email', undefined, { user }],
    all: () => ({ body: { address: 'one@example.com', name: expect.stringMatching(/^n\d+$/) }, confirmedAt: expect.any(String) }),
  },
  {
    what: 'PUT /v1/me/topics/:key',
    calls: (user) => TOPICS.map((topic) => ['PUT', `/v1/me/topics/${topic}`, undefined, { user }]),
    read: (user) => ['GET', '/v1/me/topics', undefined, { user }],
    all: () => ({ items: TOPICS.toSorted().map((key) => expect.objectContaining({ key })) }),
  },
]

describe.each(engines)('changes at the same moment (%s)', (engine) => {
  let store: TestStore
  let server: Server
  beforeAll(async () => {
    store = await openTestStore(engine)
    server = await createTestServer(store.dialect)
    for (const topic of TOPICS) await server.call('PUT', `/v1/topics/${topic}`, { open: true })
    await server.call('PUT', '/v1/topics/team', {})
  })
  afterAll(async () => {
    await server.app.close()
    await store.close()
  })

  it.each(ROWS)('all survive: $what, for somebody new and for somebody known', async ({ what, calls, read, all }) => {
    const id = `u${ROWS.findIndex((row) => row.what === what)}`
    await server.call('PUT', `/v1/users/known-${id}`, {})
    for (const who of [id, `known-${id}`]) await server.call('PUT', `/v1/topics/list-${who}`, {})
    for (const who of [id, `known-${id}`]) {
      const answers = await Promise.all(calls(who).map((call) => server.call(...call)))
      expect(answers.filter(({ status }) => status >= 300).map(({ body }) => body)).toEqual([])
      expect((await server.call(...read(who))).body).toMatchObject(all(who))
    }
  })

  it('a topic that is deleted at that moment refuses whoever joins it, and no call fails', async () => {
    for (let n = 0; n < 20; n++) {
      const topic = `/v1/topics/short${n}`
      await server.call('PUT', topic, { open: true })
      const member = (user: string) => server.call('PUT', `/v1/me/topics/short${n}`, undefined, { user })
      await member('ann')
      const answers = await Promise.all([
        ...times(4, (who) => member(`s${who}`)),
        server.call('POST', `${topic}/subscribers`, { add: [{ user: 's5' }], remove: ['ann'] }),
        server.call('DELETE', topic),
        ...times(4, (who) => member(`t${who}`)),
        server.call('POST', `${topic}/subscribers`, { add: [{ user: 't5' }, { user: 's0' }] }),
      ])
      expect(answers.filter(({ status }) => ![200, 204, 404].includes(status)).map(({ body }) => body)).toEqual([])
      expect((await server.call('GET', topic)).status).toBe(404)
    }
  })

  it('a user who is deleted at that moment is either gone or new, and no call fails', async () => {
    for (let n = 0; n < 12; n++) {
      const user = `gone${n}`
      await server.call('PUT', `/v1/users/${user}`, PROFILE)
      const own: Call[] = [
        ['PATCH', '/v1/me/preferences', { channels: { email: false } }, { user }],
        ['PUT', '/v1/me/routing', { routes: { message: { email: false } } }, { user }],
        ['PUT', '/v1/me/destinations/email', { address: 'one@example.com' }, { user }],
        ['POST', '/v1/me/devices', { provider: 'fcm', token: `token-of-${user}` }, { user }],
        ['PUT', `/v1/me/topics/${TOPICS[0]}`, undefined, { user }],
        ['PUT', `/v1/users/${user}`, PROFILE],
        ['POST', '/v1/topics/team/subscribers', { add: [{ user, email: 'two@example.com' }] }],
        ['POST', `/v1/users/${user}/tokens`, {}],
      ]
      const calls: Call[] = [...own, ['DELETE', `/v1/users/${user}`], ...own]
      const answers = await Promise.all(calls.map((call) => server.call(...call)))
      expect(answers.filter(({ status }) => status >= 500).map(({ body }) => body)).toEqual([])
    }
  })

  it('a confirmation is not lost to the same address being stored at that moment', async () => {
    const email = '/v1/me/destinations/email'
    for (let n = 0; n < 8; n++) {
      const { body } = await server.call('POST', `/v1/users/eva${n}/tokens`, {})
      const as = { key: String(body.token) }
      const address = `eva${n}@example.com`
      await server.call('PUT', email, { address }, as)
      const code = server.codes.at(-1)
      const stored = times(3, (name) => server.call('PUT', email, { address, name: `n${name}` }, as))
      const confirmed = times(4, () => server.call('POST', `${email}/confirm`, { code }, as))
      await Promise.all([...stored, ...confirmed])
      expect((await Promise.all(confirmed)).filter(({ status }) => status === 200)).toHaveLength(1)
      expect((await server.call('GET', email, undefined, as)).body).toMatchObject({ confirmedAt: expect.any(String) })
    }
  })
})
