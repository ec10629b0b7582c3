import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync, gzipSync } from 'node:zlib'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type Ran, run } from '../../src/cli/testing/io.ts'
import { type Receiver, startReceiver } from '../../src/providers/testing/receiver.ts'
import { newKey } from '../../src/security/secrets.ts'
import type { Engine } from '../../src/storage/dialects/dialect.ts'
import { openDialect } from '../../src/storage/open.ts'
import { startTestHub, type TestHub } from '../../src/testing.ts'
import { createTestDatabase, engines } from '../setup/engines.ts'
import { ENTRY } from '../setup/entry.ts'
import { until } from './world.ts'

const KEY = newKey('main')
const TYPE = 'bell.rung'

let folder: string
let hooks: Receiver
let ends: (() => Promise<unknown>)[]
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'carillon-backup-'))
  hooks = await startReceiver()
  ends = [() => rm(folder, { recursive: true, force: true }), hooks.close]
})
afterEach(async () => {
  for (const end of ends.reverse()) await end()
})

/** A database and the environment of its hub and of its operator. */
async function place(engine: Engine): Promise<Record<string, string>> {
  const { url, remove } = await createTestDatabase(engine, { empty: true })
  ends.push(remove)
  return {
    CARILLON_DATABASE_URL: url,
    CARILLON_DATA_DIR: folder,
    CARILLON_SECRET_KEY: KEY,
    CARILLON_DISK_FLOOR_MB: '1',
    CARILLON_OUTBOUND_ALLOW: '127.0.0.1',
    CARILLON_LEASE_SECONDS: '4',
  }
}

async function hubOn(env: Record<string, string>, more: Record<string, string> = {}): Promise<TestHub> {
  const hub = await startTestHub({ databaseUrl: env['CARILLON_DATABASE_URL'] ?? '', env: { ...env, ...more } })
  let stopped: Promise<void> | undefined
  const stop = () => (stopped ??= hub.stop())
  ends.push(stop)
  return { ...hub, stop }
}

/** One with a person whose webhook works, and one whose webhook does not. */
async function furnished(env: Record<string, string>): Promise<TestHub> {
  const hub = await hubOn(env)
  const { connections, eventTypes } = hub.client()
  await connections.create({ provider: 'webhook', name: 'Webhooks', personal: true })
  await eventTypes.put(TYPE, { channels: { in_app: true, webhook: true }, templates: { default: { title: 'Bell {{ data.n }}', body: '' } } })
  hooks.respond(({ path }) => (path === '/ana' ? 200 : 503))
  for (const user of ['ana', 'bob']) await hub.client(user).me.putDestination('webhook', { url: `${hooks.url}/${user}` })
  return hub
}

const report = (hub: TestHub, n: number) => hub.client().events.report({ type: TYPE, to: ['ana', 'bob'], data: { n } }, { idempotencyKey: `bell ${n}` })
const idOf = ({ body }: { body: string }): string => (JSON.parse(body) as { eventId: string }).eventId
const told = (path: string) => hooks.requests.filter((one) => one.path === path).map(idOf)
const planned = (hub: TestHub) =>
  until(async () => {
    hub.app.pipeline.wake()
    const waiting = await hub.app.dialect.db.selectFrom('events').select('id').where('state', '=', 'accepted').limit(1).execute()
    return waiting.length === 0 && hub.app.pipeline.inFlight() === 0
  }, 'the end of the fan-out')
/** In a process of its own, as operators call it: two writers of one SQLite file in one process would wait for each other. */
const confirm = (env: Record<string, string>, ...args: string[]): Promise<Ran> =>
  new Promise((resolve) => {
    execFile(process.execPath, [ENTRY, 'restore', 'confirm', ...args], { env: { ...process.env, ...env } }, (error, out, err) =>
      resolve({ code: error === null ? 0 : Number(error.code), out: out.trim(), err: err.trim() }),
    )
  })
const sendingCheck = async (hub: TestHub) => (await hub.client().health.get()).checks.find(({ name }) => name === 'sending')
const backupTo = async (env: Record<string, string>, target: string): Promise<{ path: string; takenAt: string; rows: Record<string, number> }> => {
  const { code, out, err } = await run(['backup', target, '--json'], env)
  expect({ code, err }).toEqual({ code: 0, err: '' })
  return JSON.parse(out)
}

/** Each engine once as the source and once as the target; backup.story.test.ts brings rows every way. */
const ways = [
  ['sqlite', 'postgres'],
  ['postgres', 'sqlite'],
] as const

it.each(ways)('backup on %s under load, restored on %s: nothing is lost, nothing is sent until it is confirmed, and nothing twice', async (from, to) => {
  const env = await place(from)
  const first = await furnished(env)
  const before = (await Promise.all([0, 1, 2].map((n) => report(first, n)))).map(({ id }) => id)
  await until(() => told('/ana').length === 3 && told('/bob').length === 3, 'the first deliveries')
  await first.stop()

  // Only accepting, so that the backup surely meets events without decisions.
  const intake = await hubOn(env, { CARILLON_ROLE: 'api' })
  let n = 3
  let over = false
  const load = Promise.all(
    Array.from({ length: 4 }, async () => {
      while (!over) before.push((await report(intake, n++)).id)
    }),
  )
  const later = await intake.client().events.report({ type: TYPE, to: ['ana'], data: { n: -1 }, sendAt: new Date(Date.now() + 3_600_000).toISOString() })
  await until(() => before.length > 20, 'some load')
  const acknowledged = [...before]
  const { path, rows } = await backupTo(env, folder)
  expect((await stat(path)).mode & 0o777).toBe(0o600)
  over = true
  await load
  await intake.stop()
  expect(rows['events']).toBeGreaterThan(acknowledged.length)
  expect(rows['events']).toBe(Number(rows['tasks']) + 3)

  const there = await place(to)
  const restored = await run(['restore', path], there)
  expect(restored).toMatchObject({ code: 0, err: '', out: expect.stringContaining('Sending is held') })
  hooks.respond(200)
  hooks.requests.length = 0
  const hub = await hubOn(there)
  await planned(hub)
  const fresh = (await report(hub, 1_000_000)).id
  await planned(hub)
  expect(await sendingCheck(hub)).toMatchObject({
    status: 'warning',
    detail: expect.stringMatching(/restored from a backup of .* deliveries wait, the oldest since 20/),
  })
  expect(await hub.client().health.metrics()).toContain('\ncarillon_sending_held 1\n')
  const terminal = { CARILLON_URL: hub.address, CARILLON_KEY: 'root-key-of-the-tests' }
  expect(await run(['deliveries', '--state', 'queued'], terminal)).toMatchObject({ code: 0, err: expect.stringContaining('carillon restore confirm') })
  const waited = await run(['send', '--type', TYPE, '--to', 'ana', '--to', 'bob', '--data', '{"n":1000001}', '--wait', '--timeout', '1'], terminal)
  expect(waited).toMatchObject({ code: 1, err: expect.stringMatching(/^Nothing is sent at present: .*carillon restore confirm/) })
  await planned(hub)
  const doctor = await run(['doctor', '--json'], { ...there, CARILLON_BASE_URL: hub.address })
  expect(doctor.out).toContain('carillon restore confirm')
  const events = new Map<string, string>()
  for await (const { id, state } of hub.client().events.all({ limit: 200 })) events.set(id, state)
  expect(acknowledged.filter((id) => events.get(id) !== 'planned')).toEqual([])
  expect(events.get(later.id)).toBe('scheduled')
  // The same report under the same key is the same event.
  expect((await report(hub, 0)).id).toBe(before[0])
  const inbox = []
  for await (const { title } of hub.client('ana').inbox.all({ limit: 200 })) inbox.push(title)
  expect(inbox).toHaveLength(events.size - 1)
  expect(hooks.requests).toEqual([])

  expect(await confirm(there)).toMatchObject({ code: 0, out: expect.stringContaining('Sending is free again') })
  await until(async () => told('/ana').length === events.size - 4 && told('/bob').length >= events.size - 1 - 3, 'what waited')
  // What ana got before the backup is not sent again; bob, who got nothing, gets all.
  const due = await hub.client().deliveries.list({ limit: 1 })
  expect(due.items).toHaveLength(1)
  expect(new Set(told('/ana'))).toEqual(new Set([...events.keys()].filter((id) => !before.slice(0, 3).includes(id) && id !== later.id)))
  expect(told('/ana')).toContain(fresh)
  expect(new Set(told('/ana')).size).toBe(told('/ana').length)
  await hub.client().deliveries.retryAll({ status: 'queued' })
  await until(() => new Set(told('/bob')).size === events.size - 1, 'the retries for bob')
  expect(await sendingCheck(hub)).toBeUndefined()
  expect(await hub.client().health.metrics()).toContain('\ncarillon_sending_held 0\n')
  expect(await confirm(there)).toMatchObject({ code: 1, err: expect.stringContaining('nothing to confirm') })
  await hub.reconcile()
})

describe.each(engines)('restore on %s', (engine) => {
  it('discards what was due before a time, with a reason, and sends the rest', async () => {
    const env = await place(engine)
    const first = await furnished(env)
    hooks.respond(503)
    const old = (await report(first, 0)).id
    await until(() => told('/ana').length === 1 && told('/bob').length === 1, 'the first attempts')
    await until(async () => (await first.client().deliveries.list({ event: old })).items.every(({ state }) => state === 'queued'), 'their results')
    await first.stop()
    const intake = await hubOn(env, { CARILLON_ROLE: 'api' })
    const unplanned = (await report(intake, 1)).id
    const { path, takenAt } = await backupTo(env, join(folder, 'the.backup'))
    await intake.stop()

    const there = await place(engine)
    expect((await run(['restore', path, '--json'], there)).code).toBe(0)
    // By hand, as no test waits for the retry: the second attempt is due.
    const dialect = await openDialect(there['CARILLON_DATABASE_URL'] ?? '')
    await dialect.db.updateTable('deliveries').set({ due_at: 1 }).execute()
    await dialect.close()
    const early = await confirm(there, '--discard-before', takenAt)
    expect(early).toMatchObject({ code: 1, err: expect.stringContaining('1 event of before') })
    hooks.respond(200)
    hooks.requests.length = 0
    const hub = await hubOn(there)
    await planned(hub)
    const fresh = (await report(hub, 2)).id
    await planned(hub)
    const confirmed = await confirm(there, '--discard-before', takenAt, '--json')
    expect(confirmed).toEqual({ code: 0, err: '', out: JSON.stringify({ released: 2, discarded: 4 }) })
    await until(() => told('/ana').length === 1 && told('/bob').length === 1, 'the new event')
    expect([...told('/ana'), ...told('/bob')]).toEqual([fresh, fresh])
    for (const event of [old, unplanned])
      expect((await hub.client().deliveries.list({ event })).items).toMatchObject([
        { state: 'cancelled', errorCode: 'discarded' },
        { state: 'cancelled', errorCode: 'discarded' },
      ])
    const audit = (await hub.client().audit.list()).items.map(({ actor, action }) => `${actor} ${action}`)
    expect(audit).toEqual(expect.arrayContaining(['cli database.restored', 'cli sending.released']))
    await hub.reconcile()
  })

  it('refuses a database that is used or served, another key, and a broken file, and writes nothing then', async () => {
    const env = await place(engine)
    const hub = await furnished(env)
    const { path } = await backupTo(env, folder)
    expect(await run(['restore', path], env)).toMatchObject({ code: 1, err: expect.stringMatching(/a hub runs on this database|already served/) })
    await hub.stop()
    expect(await run(['restore', path], env)).toMatchObject({ code: 1, err: expect.stringContaining('not empty') })
    expect(await run(['backup', path], env)).toMatchObject({ code: 1, err: expect.stringContaining('exists already') })
    expect(await run(['backup', `${path}.d/monday.backup`], env)).toMatchObject({ code: 1, err: expect.stringContaining(`there is no folder ${path}.d`) })
    expect(await run(['restore', `${path}.nowhere`], env)).toMatchObject({ code: 1, err: expect.stringContaining('.nowhere: there is no such file') })

    const there = await place(engine)
    expect(await run(['restore', path], { ...there, CARILLON_SECRET_KEY: newKey('main') })).toMatchObject({
      code: 1,
      err: expect.stringContaining('does not open'),
    })
    const whole = await readFile(path)
    await writeFile(join(folder, 'cut'), whole.subarray(0, whole.length - 40))
    expect(await run(['restore', join(folder, 'cut')], there)).toMatchObject({ code: 1, err: expect.stringContaining('nothing was restored') })
    const newer = gunzipSync(whole).toString('utf8').replace('"migrations":[', '"migrations":["9999-later",')
    await writeFile(join(folder, 'newer'), gzipSync(newer))
    expect(await run(['restore', join(folder, 'newer')], there)).toMatchObject({ code: 1, err: expect.stringContaining('newer Carillon') })
    expect(await run(['restore', join(folder, 'nowhere')], there)).toMatchObject({ code: 1 })
    // Nothing was written: the same place still takes the whole file, also after a first attempt that ended midway.
    expect((await run(['restore', path], there)).code).toBe(0)
  })
})

it('backup refuses a SQLite database that does not exist, and makes none', async () => {
  const env = await place('sqlite')
  expect(await run(['backup', folder], env)).toMatchObject({ code: 1, err: expect.stringMatching(/no hub.s database/) })
  await expect(stat((env['CARILLON_DATABASE_URL'] ?? '').slice('sqlite:'.length))).rejects.toThrow()
})
