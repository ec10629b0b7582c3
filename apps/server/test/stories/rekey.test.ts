import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createClient } from '@carillon/client'
import { describe, expect, it } from 'vitest'
import { atEnd } from '../../src/cli/testing/hubs.ts'
import { run } from '../../src/cli/testing/io.ts'
import { type Receiver, startReceiver } from '../../src/providers/testing/receiver.ts'
import { newKey } from '../../src/security/secrets.ts'
import type { Engine } from '../../src/storage/dialects/dialect.ts'
import { startTestHub, type TestHub } from '../../src/testing.ts'
import { createTestDatabase, engines } from '../setup/engines.ts'
import { ENTRY } from '../setup/entry.ts'
import { everythingStored } from './tables.ts'

/** More than two batches. */
const PEOPLE = 250
const FUTURE = '2099-01-01T00:00:00Z'

/** A hub that starts again and again on one database, each time with other keys. */
async function hubOf(engine: Engine) {
  const database = await createTestDatabase(engine)
  atEnd(database.remove)
  const hooks = await startReceiver()
  atEnd(hooks.close)
  let hub: TestHub | null = null
  const stop = async () => {
    const last = hub
    hub = null
    await last?.stop()
  }
  atEnd(stop)
  return {
    hooks,
    async start(keys: string): Promise<TestHub> {
      await stop()
      hub = await startTestHub({ databaseUrl: database.url, env: { CARILLON_SECRET_KEY: keys } })
      return hub
    },
    stop,
    env: (keys: string) => ({ CARILLON_DATABASE_URL: database.url, CARILLON_SECRET_KEY: keys }),
  }
}

/** Asked with one key, so that the answer is stored. */
const tokenOf = (hub: TestHub) => hub.client().transport.request('POST', '/v1/users/u0/tokens', { body: {}, idempotencyKey: 'the-token' })

/** One secret of every kind that is stored, and many of one. */
async function fill(hub: TestHub, hooks: Receiver): Promise<void> {
  const api = hub.client()
  await api.connections.create({ provider: 'webhook', name: 'Own', personal: true })
  await api.connections.create({ provider: 'pushover', name: 'Pushover', settings: { token: 'a'.repeat(30) }, personal: true })
  const destination = { url: `${hooks.url}/shared`, bearer: 'of-the-team' }
  await api.connections.create({ provider: 'webhook', name: 'Team', personal: false, destination, events: [{ type: 'login.code' }] })
  await api.users.putBatch(Array.from({ length: PEOPLE }, (_, n) => ({ id: `u${n}` })))
  await Promise.all(
    Array.from({ length: PEOPLE }, (_, n) => hub.client(`u${n}`).me.putDestination('webhook', { url: `${hooks.url}/u${n}`, bearer: `of-u${n}` })),
  )
  await hub.client('u0').me.registerDevice({ provider: 'fcm', token: 'a-token', name: 'Phone' })
  const schema = { type: 'object', properties: { code: { type: 'string', 'x-sensitive': true } } }
  await api.eventTypes.put('login.code', { schema, templates: { default: { title: 'Code', body: '{{ data.code }}' } } })
  await api.events.report({ type: 'login.code', to: ['u0'], data: { code: 'sesame' }, sendAt: FUTURE })
  await tokenOf(hub)
  await hub.settle()
}

/** `carillon rekey` in a process of its own, which dies at a point. */
async function dieAt(point: string, env: Record<string, string>): Promise<NodeJS.Signals | null> {
  const child = spawn(process.execPath, [ENTRY, 'rekey'], {
    stdio: 'ignore',
    env: { PATH: process.env['PATH'], NODE_ENV: 'test', ...env, CARILLON_FAULT: `${point}=kill` },
  })
  const [, signal] = await once(child, 'close')
  return signal
}

/** Values that a key has sealed, in whatever table and column. */
const sealedBy = async ({ app }: TestHub, key: string): Promise<number> => (await everythingStored({ app, databaseUrl: '' })).split(`v1.${key}.`).length - 1

describe.each(engines)('rekey (%s)', (engine) => {
  it('seals every secret again while the hub runs, goes on after it was killed, and ends the old key', async () => {
    const [old, next] = [newKey('old'), newKey('new')]
    const { hooks, start, stop, env } = await hubOf(engine)
    await fill(await start(old), hooks)
    const { token } = await createClient({ baseUrl: (await start(old)).address, token: 'root-key-of-the-tests' }).users.token('u1')
    const both = `${next},${old}`
    const hub = await start(both)
    const all = await sealedBy(hub, 'old')
    // Connections, destinations, a device, an event, an answer and the key check.
    expect(all).toBeGreaterThanOrEqual(PEOPLE + 6)
    expect((await run(['doctor'], env(both))).out).toMatch(/warn +secrets +\d+ rows hold secrets under the key old/)
    const mine = async () => (await createClient({ baseUrl: hub.address, token }).me.destination('webhook')).body
    expect(await mine()).toMatchObject({ bearer: '********' })

    expect(await dieAt('rekey.before_commit:destinations', env(both))).toBe('SIGKILL')
    const first = await sealedBy(hub, 'old')
    expect(await dieAt('rekey.after_commit:destinations@2', env(both))).toBe('SIGKILL')
    const second = await sealedBy(hub, 'old')
    expect(first).toBeGreaterThan(second)
    expect(second).toBeGreaterThan(PEOPLE - 2 * 100)
    // What is half done works, by either key.
    await hub.client().events.notify({ to: Array.from({ length: PEOPLE }, (_, n) => `u${n}`), title: 'Half', body: '' })
    await hub.settle()
    const authorized = () => new Set(hooks.requests.map(({ path, headers }) => `${path} ${headers['authorization']}`))
    expect(authorized()).toEqual(new Set(Array.from({ length: PEOPLE }, (_, n) => `/u${n} Bearer of-u${n}`)))

    const done = await run(['rekey'], env(both))
    expect(done).toMatchObject({ code: 0, err: '', out: expect.stringContaining('Encrypted again with the key new') })
    expect(await sealedBy(hub, 'old')).toBe(0)
    expect(await sealedBy(hub, 'new')).toBeGreaterThanOrEqual(all)
    expect(await run(['rekey', '--json'], env(both))).toMatchObject({ code: 0, out: JSON.stringify({ key: 'new', rows: {}, lost: [], busy: false }, null, 2) })
    expect((await run(['doctor'], env(both))).out).toMatch(/ok +secrets +none is under old: take it out/)
    expect((await hub.client().audit.list({ action: 'secrets.rekeyed' })).items).toMatchObject([{ actor: 'cli', target: 'new', detail: { destinations: 50 } }])
    expect(await tokenOf(hub), 'the stored answer').toEqual(await tokenOf(hub))

    await stop()
    await expect(start(old)).rejects.toThrow('does not open this database')
    const alone = await start(next)
    hooks.requests.length = 0
    await alone.client().events.notify({ to: ['u7'], title: 'Alone', body: '' })
    await alone.settle()
    expect(authorized()).toEqual(new Set(['/u7 Bearer of-u7']))
    await alone.reconcile()
  })

  it('names what no given key opens, leaves it as it is, and says that a key is missing', async () => {
    const [older, old, next] = [newKey('older'), newKey('old'), newKey('new')]
    const { hooks, start, env } = await hubOf(engine)
    const first = await start(older)
    await first.client().connections.create({ provider: 'webhook', name: 'Own', personal: true })
    await first.client('ana').me.putDestination('webhook', { url: `${hooks.url}/ana`, bearer: 'b' })
    const hub = await start(`${next},${old},${older}`)
    await hub.app.dialect.db
      .updateTable('settings')
      .set({ value: hub.app.ring.encrypt('carillon', 'settings|value|key_check') })
      .where('key', '=', 'key_check')
      .execute()
    const without = `${next},${old}`
    const refused = await run(['rekey'], env(without))
    expect(refused).toMatchObject({
      code: 1,
      out: expect.stringMatching(/2 rows cannot be read.*under older:\n {2}destinations dst_\w+\n {2}idempotency_keys /),
    })
    expect(await sealedBy(hub, 'older')).toBe(2)
    expect((await run(['doctor'], env(without))).out).toMatch(/FAIL +secrets +2 rows hold secrets under the key older, which is not given/)
    expect((await run(['rekey'], env(`${without},${older}`))).code).toBe(0)
    expect(await sealedBy(hub, 'older')).toBe(0)
    expect((await run(['rekey'], env(old))).err).toContain('does not open this database')
  })

  it('changes nothing while a hub runs that does not have the new key', async () => {
    const [old, next] = [newKey('old'), newKey('new')]
    const { hooks, start, stop, env } = await hubOf(engine)
    const hub = await start(old)
    await hub.client().connections.create({ provider: 'webhook', name: 'Own', personal: true })
    await hub.client('ana').me.putDestination('webhook', { url: `${hooks.url}/ana`, bearer: 'b' })
    const refused = await run(['rekey'], env(`${next},${old}`))
    expect(refused).toMatchObject({ code: 1, out: '', err: expect.stringContaining('restart every node with new among its keys first') })
    expect(await sealedBy(hub, 'new')).toBe(0)
    await hub.client().events.notify({ to: ['ana'], title: 'Still read', body: '' })
    await hub.settle()
    expect(hooks.requests).toHaveLength(1)
    // Without a hub nothing is in the way.
    await stop()
    expect(await run(['rekey'], env(`${next},${old}`))).toMatchObject({ code: 0, err: '' })
  })
})

it('rekey changes nothing while one of several nodes does not have the new key, whichever started last', async () => {
  const [old, next] = [newKey('old'), newKey('new')]
  const database = await createTestDatabase('postgres')
  atEnd(database.remove)
  const nodeWith = async (keys: string) => {
    const node = await startTestHub({ databaseUrl: database.url, env: { CARILLON_SECRET_KEY: keys } })
    let ended = false
    const stop = async () => {
      if (!ended) await node.stop()
      ended = true
    }
    atEnd(stop)
    return stop
  }
  const both = `${next},${old}`
  const env = { CARILLON_DATABASE_URL: database.url, CARILLON_SECRET_KEY: both }
  const first = await nodeWith(old)
  await nodeWith(both)
  expect(await run(['rekey'], env)).toMatchObject({ code: 1, out: '', err: expect.stringContaining('one running hub was started with the key old and could') })
  await first()
  expect(await run(['rekey'], env)).toMatchObject({ code: 0, err: '' })
})
