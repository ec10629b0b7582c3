import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { engines, openTestStore, type TestStore } from '../../test/setup/engines.ts'
import { createTestServer } from '../app/testing/server.ts'
import type { Asker } from '../domain/caller.ts'
import type { Services } from './services.ts'

type Server = Awaited<ReturnType<typeof createTestServer>>

/** Everything that a person can change in their own things. */
const CHANGES: [name: string, change: (services: Services, who: Asker) => Promise<unknown>][] = [
  ['stores a destination', ({ destinations }, who) => destinations.put(who, 'email', { address: 'ann@example.com' })],
  ['confirms a destination', ({ destinations }, who) => destinations.confirm(who, 'email', 'CODE')],
  ['removes a destination', ({ destinations }, who) => destinations.remove(who, 'email')],
  ['registers a device', ({ devices }, who) => devices.register(who, { provider: 'fcm', token: 'a-token' })],
  ['joins a topic', ({ topics }, who) => topics.join(who, 'open-to-all')],
  ['changes the matrix', ({ preferences }, who) => preferences.putMatrix(who, { routes: {} })],
  ['changes preferences', ({ preferences }, who) => preferences.patch(who, { channels: { email: false } })],
]

/** How a user ends between the check of their token and the change: the hub may look up the names in a form for seconds. */
const ENDS: [name: string, end: (server: Server) => Promise<unknown>][] = [
  ['was deleted', ({ users }) => users.remove('ann', { actor: 'test', requestId: null })],
  [
    'was deleted and made again',
    async ({ users }) => {
      await users.remove('ann', { actor: 'test', requestId: null })
      await users.put([{ id: 'ann' }])
    },
  ],
  ['became inactive', ({ users }) => users.put([{ id: 'ann', active: false }])],
]

describe.each(engines)('a person whose user ends while they ask (%s)', (engine) => {
  let store: TestStore
  let server: Server
  beforeAll(async () => {
    store = await openTestStore(engine)
    server = await createTestServer(store.dialect)
    await server.call('PUT', '/v1/topics/open-to-all', { open: true })
  })
  afterAll(async () => {
    await server.app.close()
    await store.close()
  })

  const TABLES = ['users', 'destinations', 'devices', 'preferences', 'routes', 'topic_subscribers', 'tokens'] as const
  const everything = async () => JSON.stringify(await Promise.all(TABLES.map((table) => store.dialect.db.selectFrom(table).selectAll().execute())))

  it.each(ENDS)('changes nothing once their user %s, and brings nobody back', async (_name, end) => {
    await server.users.put([{ id: 'ann', active: true }])
    const { epoch = '' } = (await server.users.account('ann')) ?? {}
    const ann: Asker = { caller: { kind: 'user', userId: 'ann', epoch }, requestId: null }
    await end(server)
    const before = await everything()
    for (const [name, change] of CHANGES) await expect(change(server.services, ann), name).rejects.toMatchObject({ code: 'unauthorized', status: 401 })
    expect(await everything()).toBe(before)
    expect(server.codes).toEqual([])
  })

  it('an application may still act for a user whom nobody has described', async () => {
    const app: Asker = { caller: { kind: 'key', keyId: 'key_1', name: 'k', scopes: ['act'], actsFor: 'nobody-yet' }, requestId: null }
    await server.services.preferences.patch(app, { channels: { email: false } })
    expect(await server.users.account('nobody-yet')).toMatchObject({ active: true })
  })
})
