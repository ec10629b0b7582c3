import { Socket } from 'node:net'
import { sql } from 'kysely'
import pg from 'pg'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { openTestStore, type TestStore } from '../../../test/setup/engines.ts'
import { openDialect } from '../open.ts'

let store: TestStore
beforeEach(async () => {
  store = await openTestStore('postgres')
})
afterEach(() => store.close())

/** The same database with a setting of the session changed. */
const doctored = (setting: string) => {
  const url = new URL(store.url)
  url.searchParams.set('options', `-c ${setting}`)
  return url.href
}

it.each(['off', 'local'])('refuses a server that commits with synchronous_commit=%s', async (value) => {
  const dialect = await openDialect(doctored(`synchronous_commit=${value}`))
  await expect(dialect.checkDurability()).rejects.toThrow(`synchronous_commit=${value}`)
  await dialect.close()
})

it('accepts one that also waits for a standby', async () => {
  const dialect = await openDialect(doctored('synchronous_commit=remote_write'))
  expect(await dialect.checkDurability()).toEqual({ setting: 'synchronous_commit', value: 'remote_write' })
  await dialect.close()
})

/** Ends every other connection to this database, as a restart of the server would. */
async function breakConnections(): Promise<void> {
  const client = new pg.Client({ connectionString: store.url })
  await client.connect()
  await client.query('select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()')
  await client.end()
}

it('listener: survives lost connections, reports possibly missed notifications, and listens again', async () => {
  const broken = vi.fn()
  const dialect = await openDialect(store.url, { onError: broken })
  const heard: string[] = []
  const gap = vi.fn()
  dialect.listen('news', (payload) => heard.push(payload), gap)
  await vi.waitFor(() => expect(gap).toHaveBeenCalled())
  await sql`select 1`.execute(dialect.db)
  gap.mockClear()
  await breakConnections()
  await vi.waitFor(() => expect(gap).toHaveBeenCalled(), { timeout: 10_000 })
  await vi.waitFor(() => dialect.db.transaction().execute((trx) => dialect.notify(trx, 'news', 'back')), { timeout: 10_000 })
  await vi.waitFor(() => expect(heard).toContain('back'), { timeout: 10_000 })
  expect(broken).toHaveBeenCalled()
  await dialect.close()
})

it('sends what is asked in one turn by one system call: begin with the first statements, the last ones with the commit', async () => {
  const { db, pipelined } = store.dialect
  const asked = (n: number, trx = db) => sql`select ${n}::bigint as n`.execute(trx)
  const both = async () =>
    db.transaction().execute(async (trx) => {
      const together = await pipelined(trx)
      await Promise.all([asked(1, together), asked(2, together), asked(3, together)])
      await store.dialect.notify(trx, 'news', 'told')
    })
  await both()
  const calls = [vi.spyOn(Socket.prototype, '_write'), vi.spyOn(Socket.prototype, '_writev')]
  await both()
  const sockets = calls.flatMap(({ mock }) => mock.contexts)
  for (const call of calls) call.mockRestore()
  // Of the one connection that was used: another one may be asking meanwhile whether the server is there.
  expect(Math.max(...sockets.map((one) => sockets.filter((other) => other === one).length))).toBe(2)
})

it('reads int8 as a number on its own pool only', async () => {
  const { rows } = await sql`select 1753000000123::bigint as at, count(*) as n from users`.execute(store.dialect.db)
  expect(rows).toEqual([{ at: 1_753_000_000_123, n: 0 }])
  const client = new pg.Client({ connectionString: store.url })
  await client.connect()
  expect((await client.query('select 1::bigint as n')).rows).toEqual([{ n: '1' }])
  await client.end()
})

it('a migration that changes the table of a prepared statement costs one conflict, and the statement works again', async () => {
  const dialect = await openDialect(store.url)
  const read = () => sql`select * from topics where key = ${'none'}`.execute(dialect.db)
  for (let n = 0; n < 3; n++) await read()
  await sql`alter table topics add column colour text`.execute(store.dialect.db)
  await expect(read()).rejects.toMatchObject({ kind: 'conflict' })
  expect(await read()).toMatchObject({ rows: [] })
  await dialect.close()
})

it('commits and rolls back transactions without statements, and refuses to commit one that failed', async () => {
  const { db } = store.dialect
  await db.transaction().execute(async () => {})
  await expect(
    db.transaction().execute(async () => {
      throw new Error('no')
    }),
  ).rejects.toThrow('no')
  const failed = db.transaction().execute(async (trx) => {
    await sql`insert into topics values ('news', 'News', 1, 1)`.execute(trx)
    await sql`select 1 / ${0}::int`.execute(trx).catch(() => {})
  })
  await expect(failed).rejects.toThrow()
  expect(await db.selectFrom('topics').select('key').execute()).toEqual([])
})

it('notifies other nodes once, and itself once although the server would notify it too', async () => {
  const other = await openDialect(store.url)
  const heard: string[] = []
  const ready = [store.dialect, other].map(
    (dialect, n) => new Promise<void>((resolve) => dialect.listen('news', (payload) => heard.push(`${n} ${payload}`), resolve)),
  )
  await Promise.all(ready)
  for (const payload of ['first', 'last'])
    await store.dialect.db.transaction().execute(async (trx) => {
      await store.dialect.notify(trx, 'news', payload)
      await sql`select 1`.execute(trx)
    })
  await other.db.transaction().execute((trx) => other.notify(trx, 'news', 'back'))
  await vi.waitFor(() => expect(heard.length).toBeGreaterThanOrEqual(6), { timeout: 10_000 })
  expect(heard.toSorted()).toEqual(['0 back', '0 first', '0 last', '1 back', '1 first', '1 last'])
  await other.close()
})

it('disables synchronous_commit for one statement only', async () => {
  const { dialect } = store
  const setting = async () => (await sql<{ synchronous_commit: string }>`show synchronous_commit`.execute(dialect.db)).rows
  const before = await setting()
  const { rows } = await sql<{ hasty: string }>`insert into topics values ('news', 'News', 1, 1) returning ${dialect.hasty}`.execute(dialect.db)
  expect(rows).toEqual([{ hasty: 'off' }])
  expect(await setting()).toEqual(before)
})

it('uses indexes also where the server believes a table to be small', async () => {
  const { db } = store.dialect
  await sql`insert into topics values ('only', 'Only', 1, 1)`.execute(db)
  await sql`analyze topics`.execute(db)
  await sql`insert into topics select 'topic ' || n, 'Topic', 1, 1 from generate_series(1, 5000) n`.execute(db)
  const chosen = sql`select key from topics where key = ${'topic 7'}`
  const { rows } = await sql<{ 'QUERY PLAN': string }>`explain update topics set name = 'Seven' where key ${store.dialect.oneOf(chosen)}`.execute(db)
  const plan = rows.map((row) => row['QUERY PLAN']).join('\n')
  expect(plan).toContain('Index')
  expect(plan).not.toContain('Seq Scan')
})

it('prunes keys of events by reading some pages, without an index on the time', async () => {
  const { rows } = await sql`explain delete from event_keys where ctid >= '(0,0)'::tid and ctid < '(250,0)'::tid and at < 1`.execute(store.dialect.db)
  expect(JSON.stringify(rows)).toContain('Tid Range Scan')
})
