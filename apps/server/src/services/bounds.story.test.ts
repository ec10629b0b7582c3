import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { engines, openTestStore, type TestStore } from '../../test/setup/engines.ts'
import { createTestServer } from '../app/testing/server.ts'
import { BOUNDS } from '../domain/bounds.ts'
import { createTopicStore } from '../storage/people/topics.ts'

type Server = Awaited<ReturnType<typeof createTestServer>>
type Bound = Exclude<keyof typeof BOUNDS, 'streams'>

/** What a person can have many of: the call that adds the n-th (or, for lists, saves n of them), and the pointer of the refusal. */
const ROWS: Record<Bound, { add(server: Server, n: number, token: string): Promise<{ status: number; body: unknown }>; whole?: true; pointer: string }> = {
  devices: {
    add: ({ call }, n, key) => call('POST', '/v1/me/devices', { provider: 'apns', token: n.toString(16).padStart(64, 'a'), app: 'com.example.app' }, { key }),
    pointer: '/token',
  },
  topics: { add: ({ call }, n, key) => call('PUT', `/v1/me/topics/topic-${n}`, undefined, { key }), pointer: '/path/key' },
  places: {
    add: ({ call }, n, key) => call('PUT', '/v1/me/destinations/apprise', { urls: Array.from({ length: n }, (_, i) => `jsons://example.com/${i}`) }, { key }),
    whole: true,
    pointer: '/urls',
  },
}

describe.each(engines)('bounds of one person (%s)', (engine) => {
  let store: TestStore
  let server: Server
  let ann: string
  beforeAll(async () => {
    store = await openTestStore(engine)
    server = await createTestServer(store.dialect)
    ann = (await server.call('POST', '/v1/users/ann/tokens', {})).body.token
    const topics = Array.from({ length: BOUNDS.topics + 1 }, (_, i) => ({ key: `topic-${i + 1}`, name: '', open: 1 as const, created_at: 0, updated_at: 0 }))
    await store.dialect.db.insertInto('topics').values(topics).execute()
  })
  afterAll(async () => {
    await server.app.close()
    await store.close()
  })

  it.each(Object.entries(ROWS))('%s: as many as the bound, and not one more', async (name, { add, whole, pointer }) => {
    const most = BOUNDS[name as Bound]
    const given = whole ? [most] : Array.from({ length: most }, (_, i) => i + 1)
    for (const n of given) expect([(await add(server, n, ann)).status, n]).toEqual([expect.toSatisfy((status: number) => status < 300), n])
    const { status, body } = await add(server, most + 1, ann)
    expect(status).toBe(422)
    expect(body).toMatchObject({ code: 'invalid_field', errors: [{ pointer, message: expect.stringContaining(String(most)) }] })
    if (!whole) expect((await add(server, 1, ann)).status, 'one that is there already').toBeLessThan(300)
  })

  it('topics: joins at the same moment are counted one after the other', async () => {
    const topics = createTopicStore(
      store.dialect,
      () => '',
      () => 0,
    )
    const ben = { userId: 'ben', epoch: null }
    const joined = await Promise.all([1, 2, 3, 4].map((n) => topics.join(`topic-${n}`, ben, 'open', 2)))
    expect(joined.filter((one) => one === 'full')).toHaveLength(2)
    expect(await topics.join('nowhere', ben, 'open', 2)).toBe(false)
  })
})
