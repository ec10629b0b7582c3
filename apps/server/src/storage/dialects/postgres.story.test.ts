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

it('survives the end of its connections, says that something may have been missed, and hears again', async () => {
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

it('reads int8 as a number on its own pool only', async () => {
  const { rows } = await sql`select 1753000000123::bigint as at, count(*) as n from users`.execute(store.dialect.db)
  expect(rows).toEqual([{ at: 1_753_000_000_123, n: 0 }])
  const client = new pg.Client({ connectionString: store.url })
  await client.connect()
  expect((await client.query('select 1::bigint as n')).rows).toEqual([{ n: '1' }])
  await client.end()
})
