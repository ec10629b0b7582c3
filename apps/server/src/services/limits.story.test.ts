import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { engines, openTestStore, type TestStore } from '../../test/setup/engines.ts'
import { createTestServer } from '../app/testing/server.ts'
import { type LimitName, saysOf, USE_LIMITS } from '../domain/uses.ts'

type Server = Awaited<ReturnType<typeof createTestServer>>
type Answer = Awaited<ReturnType<Server['call']>>

interface Row {
  limit: LimitName
  /** The n-th call that uses it, by the user `ann` or by the application. */
  ask(server: Server, n: number, ann: string): Promise<Answer>
  pointer?: string
}

/** Every route that a limit stands before. */
const ROWS: Row[] = [
  {
    limit: 'code.address',
    ask: async (server, n) =>
      server.call(
        'PUT',
        '/v1/me/destinations/email',
        { address: ['victim@example.com', 'Victim@EXAMPLE.com', `victim+${n}@example.com`][n % 3] },
        { key: await tokenOf(server, `u${n}`) },
      ),
    pointer: '/address',
  },
  { limit: 'code.user', ask: ({ call }, n, ann) => call('PUT', '/v1/me/destinations/email', { address: `a${n}@example.com` }, { key: ann }) },
  { limit: 'code.guess', ask: ({ call }, _n, ann) => call('POST', '/v1/me/destinations/email/confirm', { code: 'WRONGONE' }, { key: ann }), pointer: '/code' },
  { limit: 'destination.save', ask: ({ call }, n, ann) => call('PUT', '/v1/me/destinations/email', { address: `not an address ${n}` }, { key: ann }) },
  { limit: 'device.register', ask: ({ call }, n, ann) => call('POST', '/v1/me/devices', { provider: 'fcm', token: `t${n}` }, { key: ann }) },
  { limit: 'token.issue', ask: ({ call }) => call('POST', '/v1/users/ann/tokens', {}) },
  { limit: 'ticket.issue', ask: ({ call }, _n, ann) => call('POST', '/v1/inbox/tickets', undefined, { key: ann }) },
  { limit: 'connection.test', ask: ({ call }) => call('POST', '/v1/connections/test-all') },
  { limit: 'list.fetch', ask: ({ call }) => call('POST', '/v1/providers/pushbullet/options/devices', {}) },
  { limit: 'list.fetch', ask: ({ call }, _n, ann) => call('POST', '/v1/me/destinations/pushbullet/options/devices', { destination: {} }, { key: ann }) },
  { limit: 'request.keyed', ask: ({ call }, n, ann) => call('POST', '/v1/inbox/read-all', undefined, { key: ann, headers: { 'idempotency-key': `k${n}` } }) },
]

const tokenOf = async ({ call }: Server, user: string): Promise<string> => (await call('POST', `/v1/users/${user}/tokens`, {})).body.token

describe.each(engines)('limits of use (%s)', (engine) => {
  let store: TestStore
  let server: Server
  let ann: string
  beforeAll(async () => {
    store = await openTestStore(engine)
    server = await createTestServer(store.dialect)
    // Each row answers by its own rules; what counts here is whether it is a 429.
    ann = await tokenOf(server, 'ann')
  })
  beforeEach(async () => {
    await store.dialect.db.deleteFrom('limits_used').execute()
  })
  afterAll(async () => {
    await server.app.close()
    await store.close()
  })

  const TABLES = ['destinations', 'devices', 'tokens', 'idempotency_keys', 'audit_log'] as const
  const stored = async () => JSON.stringify(await Promise.all(TABLES.map((table) => store.dialect.db.selectFrom(table).selectAll().execute())))

  it.each(ROWS)('$limit: the limit is answered, one more is refused and stores nothing, and the next window is open', async ({ limit, ask, pointer }) => {
    const { count, per } = USE_LIMITS[limit]
    // Of a high limit the first call and the last are made; those between are only counted.
    const skipped = count > 30 ? count - 2 : 0
    for (let n = 0; n < count; n += n === 0 ? skipped + 1 : 1) {
      expect((await ask(server, n, ann)).status, `call ${n}`).not.toBe(429)
      if (n === 0 && skipped > 0)
        await store.dialect.db
          .updateTable('limits_used')
          .set({ used: count - 1 })
          .execute()
    }
    const [before, codes] = [await stored(), server.codes.length]
    const refused = await ask(server, count, ann)
    expect(refused).toMatchObject({ status: 429, body: { code: 'too_many_requests', detail: expect.stringContaining(saysOf(limit)) } })
    expect(refused.body.errors).toEqual(pointer === undefined ? [] : [{ pointer, message: saysOf(limit) }])
    expect(Number(refused.headers['retry-after'])).toBe(per / 1000)
    expect(await stored()).toBe(before)
    expect(server.codes).toHaveLength(codes)
    server.clock.now += per
    ann = await tokenOf(server, 'ann')
    expect((await ask(server, count, ann)).status).not.toBe(429)
  })

  it('every limit has a route in this table, or a test of its own', () => {
    const shown = new Set<LimitName>([...ROWS.map(({ limit }) => limit), 'code.network'])
    expect([...shown].sort()).toEqual(Object.keys(USE_LIMITS).sort())
  })

  it('code.network: counts callers of one public network together, whoever they are', async () => {
    const { count } = USE_LIMITS['code.network']
    const put = async (n: number, address: string) => {
      const userId = `n${n}`
      await server.users.put([{ id: userId }])
      const { epoch = '' } = (await server.users.account(userId)) ?? {}
      const who = { caller: { kind: 'user' as const, userId, epoch }, requestId: null, address }
      return server.services.destinations.put(who, 'email', { address: `n${n}@example.com` }).then(
        () => 'sent',
        ({ code }: { code?: string }) => code,
      )
    }
    for (let n = 0; n < count; n++) expect(await put(n, '93.184.215.14')).toBe('sent')
    expect(await put(count, '93.184.215.14')).toBe('too_many_requests')
    expect(await put(count, '93.184.215.15')).toBe('sent')
  })

  it('a refusal is no answer to its Idempotency-Key: sent again in the next window, the call is made', async () => {
    const ticket = () => server.call('POST', '/v1/inbox/tickets', undefined, { key: ann, headers: { 'idempotency-key': 'later' } })
    await server.call('POST', '/v1/inbox/tickets', undefined, { key: ann })
    await store.dialect.db.updateTable('limits_used').set({ used: USE_LIMITS['ticket.issue'].count }).execute()
    expect(await ticket()).toMatchObject({ status: 429, body: { code: 'too_many_requests' } })
    server.clock.now += USE_LIMITS['ticket.issue'].per
    const made = await ticket()
    expect([made.status, made.headers['idempotency-replayed']]).toEqual([201, undefined])
    expect((await ticket()).headers['idempotency-replayed']).toBe('true')
  })

  it('an application is trusted: what it names needs no code, so nothing is counted', async () => {
    for (let n = 0; n <= USE_LIMITS['code.user'].count; n++)
      expect((await server.call('PUT', '/v1/me/destinations/email', { address: `b${n}@example.com` }, { user: 'ann' })).status).toBe(200)
    expect(await store.dialect.db.selectFrom('limits_used').selectAll().execute()).toEqual([])
  })

  it('an address that is confirmed already is saved without a code', async () => {
    await server.call('PUT', '/v1/me/destinations/email', { address: 'mine@example.com' }, { user: 'ann' })
    const codes = server.codes.length
    for (let n = 0; n <= USE_LIMITS['code.address'].count; n++)
      expect((await server.call('PUT', '/v1/me/destinations/email', { address: 'mine@example.com' }, { key: ann })).status).toBe(200)
    expect(server.codes).toHaveLength(codes)
  })
})
