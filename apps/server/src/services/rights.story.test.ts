import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { engines, openTestStore, type TestStore } from '../../test/setup/engines.ts'
import { createTestServer } from '../app/testing/server.ts'
import type { Asker, Caller, Scope } from '../domain/caller.ts'
import type { Services } from './services.ts'

const asker = (caller: Caller): Asker => ({ caller, requestId: null })
const key = (scopes: Scope[], actsFor: string | null = null) => asker({ kind: 'key', keyId: 'key_1', name: 'k', scopes, actsFor })
const ann = asker({ kind: 'user', userId: 'ann', epoch: '' })

/** Every action of a service that needs a scope, as a pack or another entrance would call it. */
const ACTIONS: [name: string, needs: Scope, act: (services: Services, who: Asker) => Promise<unknown>][] = [
  ['creates a connection', 'manage', ({ connections }, who) => connections.create(who, { provider: 'webhook', name: 'Hooks' }, {})],
  ['replaces a connection', 'manage', ({ connections }, who) => connections.replace(who, 'con_1', { provider: 'webhook', name: 'Hooks' }, {})],
  ['changes a connection', 'manage', ({ connections }, who) => connections.patch(who, 'con_1', { enabled: false }, {})],
  ['removes a connection', 'manage', ({ connections }, who) => connections.remove(who, 'con_1')],
  ['resets a connection', 'manage', ({ connections }, who) => connections.reset(who, 'con_1')],
  ['tests a connection', 'manage', ({ connections }, who) => connections.test(who, 'con_1', undefined)],
  ['tests an unsaved connection', 'manage', ({ connections }, who) => connections.testUnsaved(who, { provider: 'webhook', name: 'Hooks' })],
  ['tests all connections', 'manage', ({ connections }, who) => connections.testAll(who)],
  ['makes keys for browsers', 'manage', ({ pushKeys }, who) => pushKeys.generate(who, 'con_1', false)],
  ['asks a vendor for a list', 'manage', ({ providers }, who) => providers.options(who, 'pushbullet', 'devices', {})],
  ['switches a channel', 'manage', ({ channels }, who) => channels.put(who, 'ntfy', false)],
  ['saves an event type', 'manage', ({ eventTypes }, who) => eventTypes.put(who, 'build.failed', {})],
  ['removes an event type', 'manage', ({ eventTypes }, who) => eventTypes.remove(who, 'build.failed')],
  ['retries a delivery', 'manage', ({ deliveries }, who) => deliveries.retry(who, 'dlv_1')],
  ['retries deliveries', 'manage', ({ deliveries }, who) => deliveries.retryAll(who, {})],
  ['describes a user', 'manage', ({ users }, who) => users.put(who, { id: 'bob' })],
  ['describes users', 'manage', ({ users }, who) => users.putAll(who, [{ id: 'bob' }])],
  ['removes a user', 'manage', ({ users }, who) => users.remove(who, 'bob')],
  ['issues a token', 'tokens', ({ users }, who) => users.issueToken(who, 'bob')],
  ['makes a topic', 'manage', ({ topics }, who) => topics.put(who, 'team', { name: 'The team' })],
  ['removes a topic', 'manage', ({ topics }, who) => topics.remove(who, 'team')],
  ['changes subscribers', 'manage', ({ topics }, who) => topics.change(who, 'team', [{ kind: 'user', id: 'bob' }], [])],
  ['reports an event', 'events', ({ events }, who) => events.report(who, { type: 'message', to: [], data: { title: 'a', body: 'b' } })],
  ['reports events', 'events', ({ events }, who) => events.reportBatch(who, [])],
  ['explains an event', 'events', ({ events }, who) => events.explain(who, { type: 'message', to: [], data: {} })],
  ['cancels an event', 'events', ({ events }, who) => events.cancel(who, 'evt_1')],
  ['makes a key', 'admin', ({ keys }, who) => keys.create(who, { name: 'k', scopes: ['read'], expiresAt: null })],
  ['revokes a key', 'admin', ({ keys }, who) => keys.revoke(who, 'key_2')],
]

/** The same for actions on one person's own data. */
const OWN: [name: string, act: (services: Services, who: Asker) => Promise<unknown>][] = [
  ['lists destinations', ({ destinations }, who) => destinations.list(who)],
  ['shows a destination', ({ destinations }, who) => destinations.get(who, 'ntfy')],
  ['stores a destination', ({ destinations }, who) => destinations.put(who, 'ntfy', { topic: 'bells' })],
  ['confirms a destination', ({ destinations }, who) => destinations.confirm(who, 'ntfy', 'CODE')],
  ['removes a destination', ({ destinations }, who) => destinations.remove(who, 'ntfy')],
  ['lists devices', ({ devices }, who) => devices.list(who)],
  ['registers a device', ({ devices }, who) => devices.register(who, { provider: 'apns', token: 'ab' })],
  ['removes a device', ({ devices }, who) => devices.remove(who, 'dev_1')],
  ['asks a vendor for a list', ({ providers }, who) => providers.ownOptions(who, 'pushbullet', 'devices', {})],
  ['lists own topics', ({ topics }, who) => topics.own(who)],
  ['joins a topic', ({ topics }, who) => topics.join(who, 'team')],
  ['leaves a topic', ({ topics }, who) => topics.leave(who, 'team')],
  ['shows the matrix', ({ preferences }, who) => preferences.matrix(who)],
  ['changes the matrix', ({ preferences }, who) => preferences.putMatrix(who, { routes: {} })],
  ['shows preferences', ({ preferences }, who) => preferences.get(who)],
  ['changes preferences', ({ preferences }, who) => preferences.patch(who, { channels: { ntfy: false } })],
]

describe.each(engines)('rights of a service’s caller (%s)', (engine) => {
  let store: TestStore
  let server: Awaited<ReturnType<typeof createTestServer>>
  beforeAll(async () => {
    store = await openTestStore(engine)
    server = await createTestServer(store.dialect)
  })
  afterAll(async () => {
    await server.app.close()
    await store.close()
  })

  const TABLES = ['connections', 'channels', 'event_types', 'users', 'api_keys', 'destinations', 'devices', 'preferences', 'routes', 'audit_log'] as const
  const everything = async () => JSON.stringify(await Promise.all(TABLES.map((table) => store.dialect.db.selectFrom(table).selectAll().execute())))

  it.each(ACTIONS)('%s: only with the scope `%s`; else nothing changes', async (_name, scope, act) => {
    const before = await everything()
    const others: Scope[] = ['events', 'read', 'manage', 'act', 'tokens', 'metrics']
    for (const who of [ann, key(others.filter((one) => one !== scope))])
      await expect(act(server.services, who)).rejects.toMatchObject({ code: 'forbidden', message: expect.stringContaining(`\`${scope}\``) })
    expect(await everything()).toBe(before)
    // With the scope, the other errors of the call are returned.
    for (const who of [key([scope]), key(['admin'])])
      expect(
        await act(server.services, who).then(
          () => 'done',
          ({ code }: { code?: string }) => code,
        ),
      ).not.toBe('forbidden')
  })

  it.each(OWN)('%s: only for the user, or a key that acts for one; else nothing changes', async (_name, act) => {
    const before = await everything()
    for (const who of [key(['manage', 'read'], 'ann'), key(['act']), key(['admin'])])
      await expect(act(server.services, who)).rejects.toMatchObject({ code: 'forbidden' })
    expect(await everything()).toBe(before)
    for (const who of [ann, key(['act'], 'ann')])
      expect(
        await act(server.services, who).then(
          () => 'done',
          ({ code }: { code?: string }) => code,
        ),
      ).not.toBe('forbidden')
  })

  it('the audit log records an action under the caller’s name', async () => {
    await server.services.channels.put({ caller: key(['manage']).caller, requestId: 'req_1' }, 'gotify', false)
    const { rows } = await server.services.audit({ limit: 1, after: null })
    expect(rows).toMatchObject([{ actor: 'key:key_1', request_id: 'req_1', action: 'channel.disabled', target: 'gotify' }])
  })
})
