import { connect, createServer } from 'node:net'
import { sql } from 'kysely'
import pg from 'pg'
import { afterEach, beforeEach, expect, it, onTestFinished, vi } from 'vitest'
import { openTestStore, type TestStore } from '../../../test/setup/engines.ts'
import { startUnrulyProxy, type UnrulyProxy } from '../../../test/setup/unruly-proxy.ts'
import { migrate } from '../migrate.ts'
import { type Migration, migrations } from '../migrations/index.ts'
import { openDialect } from '../open.ts'
import type { Dialect } from './dialect.ts'
import { openPostgres } from './postgres.ts'
import { inSnapshot } from './snapshot.ts'
import { storageFailure } from './storage-error.ts'

/** Statements may take long, so that only the look at the session can notice silence. */
const QUICK = { connect: 300, statement: 600_000, answer: 600_000, ask: 50, presence: 300 }

let store: TestStore
let proxy: UnrulyProxy
let dialect: Dialect
beforeEach(async () => {
  store = await openTestStore('postgres')
  const { hostname, port } = new URL(store.url)
  proxy = await startUnrulyProxy({ host: hostname, port: Number(port) })
  const url = new URL(store.url)
  url.port = String(proxy.port)
  dialect = await openPostgres(url.href, { max: 3, patience: QUICK })
})
afterEach(async () => {
  await dialect.close()
  await proxy.close()
  await store.close()
})

const failureOf = (work: Promise<unknown>) =>
  work.then(
    () => 'none',
    (error: unknown) => storageFailure(error),
  )
const transaction = () => dialect.db.transaction().execute((trx) => sql`select 1`.execute(trx))
const slow = () => sql`select pg_sleep(60)`.execute(dialect.db)

it.each(['reset', 'hang'] as const)(
  'a proxy that answers with %s: every statement fails as unavailable within its time, and all works again afterwards',
  async (mode) => {
    const heard: string[] = []
    const gap = vi.fn()
    dialect.listen('news', (payload) => heard.push(payload), gap)
    await vi.waitFor(() => expect(gap).toHaveBeenCalled(), { timeout: 10_000 })
    const end = await dialect.keepSession('select pg_advisory_lock(7, 7)')
    const holders = async () =>
      (await sql`select pid from pg_locks where locktype = 'advisory' and objid = 7 and granted`.execute(store.dialect.db)).rows.length
    expect(await holders()).toBe(1)

    // In flight, in the pool, and waiting for a place in it.
    const before = [slow(), transaction(), transaction(), transaction()].map(failureOf)
    const sleeping = sql`select pid from pg_stat_activity where datname = current_database() and query like 'select pg_sleep%' and state = 'active'`
    await vi.waitFor(async () => expect((await sleeping.execute(store.dialect.db)).rows).toHaveLength(1), { timeout: 10_000 })
    proxy.set(mode)
    const after = [transaction(), transaction(), transaction(), transaction()].map(failureOf)
    const kinds = await Promise.all([...before, ...after])
    expect(kinds[0]).toBe('unavailable')
    expect(kinds.filter((kind) => kind !== 'unavailable' && kind !== 'none')).toEqual([])
    expect(await failureOf(transaction())).toBe('unavailable')

    gap.mockClear()
    proxy.set('pass')
    await vi.waitFor(transaction, { timeout: 10_000 })
    await vi.waitFor(() => expect(gap).toHaveBeenCalled(), { timeout: 10_000 })
    await dialect.db.transaction().execute((trx) => dialect.notify(trx, 'news', 'back'))
    await store.dialect.db.transaction().execute((trx) => store.dialect.notify(trx, 'news', 'from another node'))
    await vi.waitFor(() => expect(heard).toEqual(expect.arrayContaining(['back', 'from another node'])), { timeout: 10_000 })
    await vi.waitFor(async () => expect(await holders()).toBe(1), { timeout: 10_000 })
    await end()
    await vi.waitFor(async () => expect(await holders()).toBe(0), { timeout: 10_000 })
  },
)

const message = (type: string, body: string) => {
  const size = Buffer.alloc(4)
  size.writeInt32BE(body.length + 4)
  return Buffer.concat([Buffer.from(type), size, Buffer.from(body, 'latin1')])
}
/** ErrorResponse, https://www.postgresql.org/docs/current/protocol-message-formats.html */
const fatal = (sqlstate: string) => message('E', `SFATAL\0VFATAL\0C${sqlstate}\0Msome words\0\0`)

/** A server that answers the first packet of its first connections like this; later ones get to the real server. Returns its URL. */
async function fakeServer(answer: Buffer, connections = Number.POSITIVE_INFINITY): Promise<string> {
  const real = new URL(store.url)
  let asked = 0
  const server = createServer((socket) => {
    socket.on('error', () => {})
    if (asked++ < connections) return void socket.once('data', () => socket.end(answer))
    const far = connect({ host: real.hostname, port: Number(real.port) }).on('error', () => socket.destroy())
    socket.pipe(far).pipe(socket)
    socket.on('close', () => far.destroy())
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void server.close())
  const address = server.address()
  if (typeof address !== 'object' || address === null) throw new Error('no port')
  const url = new URL(store.url)
  url.port = String(address.port)
  return url.href
}

it('a server that shuts down while a client signs in ends no process: its error arrives before anybody has the client', async () => {
  // AuthenticationOk, ReadyForQuery and the error in one packet.
  const url = await fakeServer(Buffer.concat([message('R', '\0\0\0\0'), message('Z', 'I'), fatal('57P01')]))
  const lost = vi.fn()
  const other = await openPostgres(url, { max: 2, onError: lost, patience: QUICK })
  other.listen('news', () => {})
  for (let n = 0; n < 5; n++) expect(await failureOf(sql`select 1`.execute(other.db))).toBe('unavailable')
  await expect(other.keepSession('select 1')).rejects.toThrow()
  expect(lost).toHaveBeenCalled()
  await other.close()
})

it.each(['53300', '57P03', '28P01', '3D000'])(
  'a server that accepts no connection (%s) is unavailable, whatever its reason, and works once it does',
  async (sqlstate) => {
    const other = await openPostgres(await fakeServer(fatal(sqlstate), 3), { max: 2, patience: QUICK })
    for (let n = 0; n < 3; n++) expect(await failureOf(sql`select 1`.execute(other.db))).toBe('unavailable')
    expect(await sql`select 1 as n`.execute(other.db)).toMatchObject({ rows: [{ n: 1 }] })
    await other.close()
  },
)

it('a server that is still starting is waited for, which is said once; any other refusal is not', async () => {
  const waiting = vi.fn()
  const other = await openDialect(await fakeServer(fatal('57P03'), 3), { onWaiting: waiting })
  expect(await sql`select 1 as n`.execute(other.db)).toMatchObject({ rows: [{ n: 1 }] })
  expect(waiting).toHaveBeenCalledTimes(1)
  await other.close()
  await expect(openDialect(await fakeServer(fatal('28P01')), { onWaiting: waiting })).rejects.toThrow(/^CARILLON_DATABASE_URL: .*refuses the password/)
  expect(waiting).toHaveBeenCalledTimes(1)
})

it('a statement that is never answered fails as unavailable within its time, also where nothing looks at the server', async () => {
  const { port } = new URL(store.url)
  const silent = await startUnrulyProxy({ host: '127.0.0.1', port: Number(port) })
  onTestFinished(silent.close)
  const url = new URL(store.url)
  url.port = String(silent.port)
  const other = await openPostgres(url.href, { max: 1, patience: { ...QUICK, answer: 300 } })
  await sql`select 1`.execute(other.db)
  silent.set('hang')
  expect(await failureOf(sql`select 1`.execute(other.db))).toBe('unavailable')
  silent.set('pass')
  await vi.waitFor(() => sql`select 1`.execute(other.db), { timeout: 10_000 })
  await other.close()
})

it('closes while the server hangs', async () => {
  const other = await openPostgres(new URL(`postgres://postgres@127.0.0.1:${proxy.port}/postgres`).href, { max: 1, patience: QUICK })
  dialect.listen('news', () => {})
  await transaction()
  proxy.set('hang')
  other.listen('news', () => {})
  await other.close()
})

/** A server whose administrator limits everything, and a hub that is as impatient. */
async function limited(): Promise<Dialect> {
  const url = new URL(store.url)
  url.searchParams.set('options', '-c statement_timeout=400 -c lock_timeout=400 -c idle_in_transaction_session_timeout=800')
  const other = await openPostgres(url.href, { max: 2, patience: { ...QUICK, connect: 10_000, statement: 400, answer: 700 } })
  onTestFinished(other.close)
  return other
}

it('a migration takes as long as it needs, also while it waits for that of another node', async () => {
  const other = await limited()
  expect(await failureOf(sql`select pg_sleep(1)`.execute(other.db))).toBe('unavailable')
  const slow: Migration = { name: '9999-slow', up: async (db) => void (await sql`create table slow as select pg_sleep(1)::text as n`.execute(db)) }
  const done = await Promise.all([migrate(other, [...migrations, slow]), migrate(store.dialect, [...migrations, slow])])
  expect(done.flatMap(({ applied }) => applied)).toEqual(['9999-slow'])
})

it('a snapshot outlives the time that its reader spends on a file', async () => {
  const other = await limited()
  await inSnapshot(other, async (trx) => {
    await sql`select 1`.execute(trx)
    const idle = sql`select 1 from pg_stat_activity where datname = current_database() and state = 'idle in transaction'
      and application_name = 'carillon' and now() - state_change > interval '1.2 seconds'`
    await vi.waitFor(async () => expect((await idle.execute(store.dialect.db)).rows).toHaveLength(1), { timeout: 10_000 })
    expect(await sql`select 1 as n`.execute(trx)).toMatchObject({ rows: [{ n: 1 }] })
  })
})

it('a server that hangs is waited for once: after that every statement is refused at once, until the server says something', async () => {
  const url = new URL(store.url)
  url.port = String(proxy.port)
  // Whoever waits for a connection of the pool outlasts this test.
  const other = await openPostgres(url.href, { max: 2, patience: { ...QUICK, connect: 600_000 } })
  onTestFinished(other.close)
  const end = await other.keepSession('select 1')
  const one = () => sql`select 1`.execute(other.db)
  await one()
  proxy.set('hang')
  // In flight, and behind them in the pool.
  expect(await Promise.all(Array.from({ length: 6 }, () => failureOf(one())))).toEqual(Array(6).fill('unavailable'))
  for (let n = 0; n < 20; n++) expect(await failureOf(one())).toBe('unavailable')
  proxy.set('reset')
  proxy.set('pass')
  await vi.waitFor(one, { timeout: 20_000 })
  await end()
})

it('a session that waits for a lock leaves no connection on the server with its tries', async () => {
  const end = await dialect.keepSession('select pg_advisory_lock(7, 8)')
  const sessions = async (granted: boolean) =>
    (
      await sql<{ pid: number }>`select pid from pg_locks where locktype = 'advisory' and classid = 7 and objid = 8 and granted = ${granted}`.execute(
        store.dialect.db,
      )
    ).rows.map(({ pid }) => pid)
  const thief = new pg.Client({ connectionString: store.url })
  await thief.connect()
  const stolen = thief.query('select pg_advisory_lock(7, 8)')
  await vi.waitFor(async () => expect(await sessions(false)).toHaveLength(1), { timeout: 10_000 })
  await sql`select pg_terminate_backend(${(await sessions(true))[0]!})`.execute(store.dialect.db)
  await stolen
  const tries = new Set<number>()
  await vi.waitFor(
    async () => {
      for (const pid of await sessions(false)) tries.add(pid)
      expect(tries.size).toBeGreaterThan(4)
    },
    { timeout: 30_000, interval: 20 },
  )
  expect((await sessions(false)).length).toBeLessThanOrEqual(2)
  await thief.end()
  await vi.waitFor(async () => expect([await sessions(true), await sessions(false)]).toMatchObject([[expect.any(Number)], []]), { timeout: 10_000 })
  await end()
})
