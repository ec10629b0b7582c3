import { chmod, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sql } from 'kysely'
import { describe, expect, it } from 'vitest'
import { engines } from '../../test/setup/engines.ts'
import { failed, healthy } from '../connections/health.ts'
import { aConnection } from '../domain/testing/samples.ts'
import { MINUTE } from '../domain/time.ts'
import { startHttpProxy } from '../providers/testing/proxies.ts'
import { newKey } from '../security/secrets.ts'
import { createHealthStore } from '../storage/connections/health-store.ts'
import type { Engine } from '../storage/dialects/dialect.ts'
import { BEFORE_RELEASE } from '../storage/migrations/index.ts'
import { openDialect } from '../storage/open.ts'
import { insertDeliveries, insertNode } from '../storage/testing/rows.ts'
import { atEnd, hubOn, nothingOn } from './testing/hubs.ts'
import { run } from './testing/io.ts'

/** A personal mail connection with a secret. */
const MAIL = {
  provider: 'smtp',
  name: 'Mail',
  settings: { host: '127.0.0.1', port: 2525, security: 'none', from: 'a@example.com', username: 'u', password: 'p' },
  personal: true,
}

interface Found {
  status: string
  findings: { name: string; status: string; detail: string; remedy?: string }[]
}

/** What the doctor says, without the findings that are ok. */
async function complaints(env: Record<string, string>): Promise<{ code: number; wrong: string[]; details: string; names: string[]; remedies: string }> {
  const { code, out } = await run(['doctor', '--json'], env)
  const { findings }: Found = JSON.parse(out)
  const wrong = findings.filter(({ status }) => status !== 'ok')
  return {
    code,
    wrong: wrong.map(({ name, status }) => `${name}: ${status}`),
    details: wrong.map(({ detail }) => detail).join('\n'),
    names: findings.map(({ name }) => name),
    remedies: wrong.flatMap(({ remedy }) => remedy ?? []).join('\n'),
  }
}

/** Tables that no hub uses, which would take back what is leased in them. */
async function tablesOn(engine: Engine) {
  const env = await nothingOn(engine)
  expect((await run(['migrate'], env)).code).toBe(0)
  const dialect = await openDialect(env.CARILLON_DATABASE_URL)
  atEnd(async () => dialect.close())
  return { env, dialect }
}

describe.each(engines)('doctor (%s)', (engine) => {
  it('reports no problem for a working hub', async () => {
    const { hub, env } = await hubOn(engine)
    await hub.client().connections.create({
      provider: 'smtp',
      name: 'Mail',
      settings: { host: '127.0.0.1', port: 2525, security: 'none', from: 'a@example.com' },
      personal: true,
    })
    const { code, wrong, names } = await complaints(env)
    // How fast the disk of the machine is, is not ours to promise.
    expect(wrong.filter((one) => !one.startsWith('commit'))).toEqual([])
    expect({ code, names }).toEqual({
      code: 0,
      names: ['configuration', 'packs', 'database', 'durability', 'commit', 'disk', 'secret key', 'connection “Mail”', 'clock', 'work', 'books', 'base URL'],
    })
    const settings = await hub.app.dialect.db.selectFrom('settings').select('key').execute()
    expect(settings.map(({ key }) => key)).not.toContain('doctor')
  })

  it('finds a connection to a forbidden address, and keys that do not match the database', async () => {
    const { hub, env } = await hubOn(engine)
    await hub.client().connections.create(MAIL)
    expect(await complaints({ ...env, CARILLON_OUTBOUND_ALLOW: '' })).toMatchObject({
      code: 1,
      wrong: expect.arrayContaining(['connection “Mail”: failing']),
      details: expect.stringContaining('127.0.0.1:2525'),
    })
    expect(await complaints({ ...env, CARILLON_SECRET_KEY: newKey('main') })).toMatchObject({ code: 1, wrong: expect.arrayContaining(['secret key: failing']) })
  })

  it('finds an exception of the outbound guard that opens everything', async () => {
    const { env } = await hubOn(engine)
    expect(await complaints({ ...env, CARILLON_OUTBOUND_ALLOW: '127.0.0.1,0.0.0.0/0' })).toMatchObject({
      code: 0,
      wrong: expect.arrayContaining(['outbound guard: warning']),
      details: expect.stringContaining('CARILLON_OUTBOUND_ALLOW: "0.0.0.0/0" opens every private address to every connection and application'),
    })
    expect(await complaints({ ...env, CARILLON_OUTBOUND_ALLOW_USERS: '::/0' })).toMatchObject({
      code: 1,
      wrong: ['configuration: failing'],
      details: expect.stringContaining('CARILLON_OUTBOUND_ALLOW_USERS: "::/0" opens every private address'),
    })
  })

  it('finds that the pages of every website may call', async () => {
    const { env } = await hubOn(engine)
    expect(await complaints({ ...env, CARILLON_ALLOWED_ORIGINS: '*' })).toMatchObject({ code: 0, wrong: expect.arrayContaining(['origins: warning']) })
    expect((await complaints({ ...env, CARILLON_ALLOWED_ORIGINS: 'https://app.example.com' })).wrong).not.toContain('origins: warning')
    expect(await complaints({ ...env, CARILLON_ALLOWED_ORIGINS: 'app.example.com' })).toMatchObject({
      code: 1,
      details: expect.stringContaining('is not an origin'),
    })
  })

  it('connects to the outbound proxy, and finds one that does not answer, without its password', async () => {
    const { env } = await hubOn(engine)
    const proxy = await startHttpProxy()
    atEnd(proxy.close)
    const through = (url: string) => complaints({ ...env, CARILLON_OUTBOUND_PROXY: url.replace('//', '//bells:s3cret@') })
    expect(await through(proxy.url)).toMatchObject({ code: 0, names: expect.arrayContaining(['outbound proxy']) })
    expect(proxy.asked).toEqual([])
    await proxy.close()
    const { code, wrong, details } = await through(proxy.url)
    expect({ code, wrong }).toMatchObject({ code: 1, wrong: expect.arrayContaining(['outbound proxy: failing']) })
    expect(details).toContain(`the proxy 127.0.0.1:${proxy.port} refused the connection`)
    expect(details).not.toContain('s3cret')
  })

  it('finds a missing script, and a missing scripts folder', async () => {
    const { hub, env } = await hubOn(engine)
    const folder = await realpath(await mkdtemp(join(tmpdir(), 'carillon-doctor-')))
    atEnd(() => rm(folder, { recursive: true, force: true }))
    const bell = aConnection({ name: 'Bell', provider: 'script', channel: 'script', settings: { path: 'ring.sh' }, destination: {}, personal: false })
    await hub.app.stores.connections.create(bell, { actor: 'root', requestId: null })
    const withFolder = { ...env, CARILLON_SCRIPTS_DIR: folder }
    expect(await complaints(withFolder)).toMatchObject({ code: 1, wrong: expect.arrayContaining(['connection “Bell”: failing']) })
    await writeFile(join(folder, 'ring.sh'), '#!/bin/sh\n', { mode: 0o700 })
    expect((await complaints(withFolder)).wrong).not.toContain('connection “Bell”: failing')
    await rm(folder, { recursive: true })
    expect((await complaints(withFolder)).wrong).toEqual(expect.arrayContaining(['scripts folder: failing', 'connection “Bell”: failing']))
    expect((await complaints(env)).details).toContain('/settings/path cannot be used: scripts are off')
  })

  it('finds a base URL without a hub', async () => {
    const { env } = await hubOn(engine)
    expect((await complaints({ ...env, HOST: '0.0.0.0' })).wrong).toContain('base URL: warning')
    expect((await complaints({ ...env, CARILLON_BASE_URL: 'http://127.0.0.1:1' })).wrong).toContain('base URL: warning')
  })

  it('finds undecryptable secrets, unknown providers, and a hub without connections', async () => {
    const { hub, env } = await hubOn(engine)
    await hub.client().connections.create(MAIL)
    const { db } = hub.app.dialect
    const settings = JSON.stringify({ ...MAIL.settings, password: 'v1.test.AAAA.AAAA.AAAA' })
    await db.updateTable('connections').set({ settings }).execute()
    expect(await complaints(env)).toMatchObject({ code: 1, wrong: expect.arrayContaining(['connection “Mail”: failing']) })
    await db.updateTable('connections').set({ provider: 'pigeon' }).execute()
    expect((await complaints(env)).details).toContain('no provider pigeon')
    await db.updateTable('connections').set({ enabled: 0 }).execute()
    expect((await complaints(env)).wrong).toContain('connections: warning')
  })

  it('finds that many destinations of a channel fail, which are no fault of a connection; not one of them alone', async () => {
    const { hub, env } = await hubOn(engine)
    const { db } = hub.app.dialect
    const fails = async (n: number) => {
      await hub.client().users.put(`u${n}`, {})
      await hub.client(`u${n}`).me.putDestination('webhook', { url: `http://127.0.0.1:9/${n}` })
      const { id } = await db.selectFrom('destinations').select('id').where('user_id', '=', `u${n}`).executeTakeFirstOrThrow()
      const health = createHealthStore(hub.app.dialect)
      await db.transaction().execute((trx) => health.save(trx, [failed(healthy(id), 'hooks.example.com did not answer', 1, 0)], []))
    }
    for (let n = 0; n < 9; n++) await fails(n)
    expect((await complaints(env)).wrong.filter((one) => one.startsWith('destinations'))).toEqual([])
    await fails(9)
    const { code, wrong, details } = await complaints(env)
    expect({ code, wrong }).toMatchObject({ code: 0, wrong: expect.arrayContaining(['destinations of webhook: warning']) })
    expect(details).toMatch(/the last attempt at 10 of them failed.*hooks\.example\.com did not answer/)
  })

  it('finds quarantined work, a clock that was set back, and inconsistent tables', async () => {
    const { hub, env } = await hubOn(engine)
    const { db, bytesOf } = hub.app.dialect
    const { id } = await hub.client().events.notify({ to: ['ana'], title: 'Hello', body: '' })
    await hub.settle()
    await db
      .updateTable('events')
      .set({ state: 'failed', accepted_at: Date.now() + 3_600_000 })
      .where('id', '=', bytesOf('evt', id))
      .execute()
    expect((await complaints(env)).wrong).toEqual(expect.arrayContaining(['work: warning', 'clock: failing']))
    await db.deleteFrom('events').where('id', '=', bytesOf('evt', id)).execute()
    expect(await complaints(env)).toMatchObject({ code: 1, wrong: expect.arrayContaining(['books: failing']) })
  })

  it('finds quarantined deliveries', async () => {
    const { env, dialect } = await tablesOn(engine)
    await insertDeliveries(dialect, [{ state: 'failed', error_code: 'quarantined' }])
    expect(await complaints(env)).toMatchObject({
      wrong: expect.arrayContaining(['work: warning']),
      details: expect.stringMatching(/process, or the thread that sent them, died 3 times: 0 events, 1 delivery/),
    })
  })

  it('finds what a killed hub had in hand: while no hub lives it waits for a start, beside one that lives it is a fault', async () => {
    const { env, dialect } = await tablesOn(engine)
    await insertNode(dialect, 'dead', Date.now() - 11 * MINUTE)
    const { n } = await dialect.db.selectFrom('nodes').select('n').executeTakeFirstOrThrow()
    await insertDeliveries(dialect, [{ state: 'sending', owner: n, attempts: 1 }])
    const alone = await complaints(env)
    expect(alone.wrong).toContain('in hand: warning')
    expect(alone.details).toMatch(/1 delivery that a hub had in hand when it ended waits for the next start/)
    expect(alone.details).not.toContain('in the hand of nobody')
    await insertNode(dialect, 'alive', Date.now() + MINUTE)
    const { code, wrong, details } = await complaints(env)
    expect({ code, wrong }).toMatchObject({ code: 1, wrong: expect.arrayContaining(['books: failing']) })
    expect(details).toContain('deliveries in the hand of nobody: 1')
    expect(wrong).not.toContain('in hand: warning')
  })

  it('finds a database with a newer schema', async () => {
    const { hub, env } = await hubOn(engine)
    const db = hub.app.dialect.db.withTables<{ schema_migrations: { name: string; at: number } }>()
    await db.insertInto('schema_migrations').values({ name: '9999-future', at: 0 }).execute()
    expect(await complaints(env)).toMatchObject({ code: 1, wrong: ['database: failing'], details: expect.stringContaining('newer Carillon') })
  })

  it('finds a database of before the first release', async () => {
    const env = await nothingOn(engine)
    const dialect = await openDialect(env.CARILLON_DATABASE_URL)
    await sql`create table schema_migrations (name text primary key, at bigint not null)`.execute(dialect.db)
    await sql`insert into schema_migrations values (${BEFORE_RELEASE[0]}, 1)`.execute(dialect.db)
    await dialect.close()
    const sentence = expect.stringMatching(/before the first release.*an empty database in CARILLON_DATABASE_URL/)
    const { code, details, wrong, remedies } = await complaints(env)
    expect({ code, details, wrong }).toEqual({ code: 1, details: sentence, wrong: expect.arrayContaining(['database: failing']) })
    expect(remedies, 'the sentence has its own').not.toContain('CARILLON_DATABASE_URL')
    for (const args of [['serve'], ['migrate'], ['keys', 'list'], ['rekey'], ['backup', env.CARILLON_DATA_DIR], ['restore', 'confirm']])
      expect(await run(args, env), args[0]).toMatchObject({ code: 1, err: sentence })
  })

  it('changes nothing in a database that was never served', async () => {
    const env = await nothingOn(engine)
    const first = await complaints(env)
    expect(first.wrong).toContain(engine === 'sqlite' ? 'database: warning' : 'database: failing')
    expect(await complaints(env)).toEqual(first)
  })
})

it('doctor finds a key file that is missing or readable by others', async () => {
  const env = await nothingOn('sqlite')
  const file = { CARILLON_DATABASE_URL: env.CARILLON_DATABASE_URL, CARILLON_DATA_DIR: env.CARILLON_DATA_DIR }
  expect((await run(['migrate'], file)).code).toBe(0)
  expect((await complaints(file)).wrong).not.toContain('secret key: failing')
  const path = join(env.CARILLON_DATA_DIR, 'secret.key')
  await chmod(path, 0o644)
  expect(await complaints(file)).toMatchObject({ code: 1, details: expect.stringContaining('chmod 600') })
  await rm(path)
  expect(await complaints(file)).toMatchObject({ code: 1, details: expect.stringContaining('is missing') })
})

it('doctor checks the configuration in code', async () => {
  const env = await nothingOn('sqlite')
  const config = join(env.CARILLON_DATA_DIR, 'carillon.config.ts')
  await writeFile(config, 'export default { packs: 3 }\n')
  const { code, out } = await run(['doctor', '--config', config], env)
  expect(code).toBe(1)
  expect(out).toContain('must have a default export with a list of packs')
})
