import { execFile } from 'node:child_process'
import { hash } from 'node:crypto'
import { promisify } from 'node:util'
import { sql } from 'kysely'
import { afterEach, describe, expect, it } from 'vitest'
import { createTestDatabase, engines } from '../../test/setup/engines.ts'
import type { Dialect, Engine } from './dialects/dialect.ts'
import { isEmpty, migrate, pendingMigrations } from './migrate.ts'
import { BEFORE_RELEASE, type Migration, migrations } from './migrations/index.ts'
import { openDialect } from './open.ts'

const names = migrations.map(({ name }) => name)

/** What a database of before the first release begins with. */
const before = (name: string) => [
  'create table schema_migrations (name text primary key, at bigint not null)',
  `insert into schema_migrations values ('${name}', 1), ('0020-one-work-table', 1)`,
  'create table events (id text primary key, type text not null, state text not null)',
  "insert into events values ('evt_1', 'bell.rung', 'planned')",
]

let open: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const close of open.reverse()) await close()
  open = []
})

async function database(engine: Engine): Promise<string> {
  const { url, remove } = await createTestDatabase(engine, { empty: true })
  open.push(remove)
  return url
}

/** An empty database, opened by as many nodes. */
async function nodes(on: Engine, count: number): Promise<Dialect[]> {
  const url = await database(on)
  const dialects: Dialect[] = []
  for (let n = 0; n < count; n++) {
    const dialect = await openDialect(url)
    open.push(() => dialect.close())
    dialects.push(dialect)
  }
  return dialects
}

describe.each(engines)('migrations (%s)', (engine) => {
  it('are applied once, in order', async () => {
    const [dialect] = await nodes(engine, 1)
    expect(await pendingMigrations(dialect!)).toEqual(names)
    expect(await migrate(dialect!)).toEqual({ applied: names })
    expect(await pendingMigrations(dialect!)).toEqual([])
    expect(await migrate(dialect!)).toEqual({ applied: [] })
  })

  it('run once when two callers in one process start them together', async () => {
    const [dialect] = await nodes(engine, 1)
    const done = await Promise.all([migrate(dialect!), migrate(dialect!)])
    expect(done.flatMap(({ applied }) => applied)).toEqual(names)
  })

  it('refuse a schema of a newer version', async () => {
    const [dialect] = await nodes(engine, 1)
    await migrate(dialect!, [...migrations, { name: '9999-future', up: async () => {} }])
    await expect(migrate(dialect!)).rejects.toThrow(/newer Carillon \(9999-future\)/)
    await expect(pendingMigrations(dialect!)).rejects.toThrow('9999-future')
  })

  it('leave nothing of an interrupted migration, and keep those before it', async () => {
    const [dialect] = await nodes(engine, 1)
    const breaks: Migration = {
      name: '9998-breaks',
      up: async (db) => {
        await sql`create table half (id text)`.execute(db)
        throw new Error('power cut')
      },
    }
    await expect(migrate(dialect!, [...migrations, breaks])).rejects.toThrow('power cut')
    expect((await dialect!.db.introspection.getTables()).map(({ name }) => name)).not.toContain('half')
    expect(await migrate(dialect!)).toEqual({ applied: [] })
  })

  it.each(BEFORE_RELEASE)('refuse a database of before the first release (%s), and change nothing in it', async (name) => {
    const [dialect] = await nodes(engine, 1)
    const { db } = dialect!
    for (const statement of before(name)) await sql.raw(statement).execute(db)
    const tables = async () => (await db.introspection.getTables()).map(({ name }) => name).sort()
    const found = await tables()
    const sentence = /before the first release.*cannot read its tables.*empty database in CARILLON_DATABASE_URL.*CARILLON_DATA_DIR.*the version that made it/
    await expect(migrate(dialect!)).rejects.toThrow(sentence)
    await expect(pendingMigrations(dialect!)).rejects.toThrow(sentence)
    await expect(isEmpty(dialect!)).rejects.toThrow(sentence)
    expect(await tables()).toEqual(found)
  })
})

/** What each migration has made: a digest of the tables and indexes on SQLite. */
const MADE: Record<string, string> = { '0001-hub': '53c045fed720f258' }

it('migrations: do not change under their name: a changed one needs a new name, and the old one is added to BEFORE_RELEASE', async () => {
  const [dialect] = await nodes('sqlite', 1)
  const made: Record<string, string> = {}
  for (const [i, { name }] of migrations.entries()) {
    await migrate(dialect!, migrations.slice(0, i + 1))
    const { rows } = await sql<{ sql: string }>`select sql from sqlite_master where sql is not null order by type, name`.execute(dialect!.db)
    made[name] = hash('sha256', rows.map((row) => row.sql.replace(/\s+/g, ' ')).join('\n')).slice(0, 16)
  }
  expect(made).toEqual(MADE)
})

it('migrations: run in only one of several nodes that start together', async () => {
  const dialects = await nodes('postgres', 4)
  const done = await Promise.all(dialects.map((dialect) => migrate(dialect)))
  expect(done.flatMap(({ applied }) => applied)).toEqual(names)
})

it('migrations: run once each, whichever of several processes on one SQLite file is first', async () => {
  const url = await database('sqlite')
  const script = `
    const { openDialect } = await import(${JSON.stringify(import.meta.resolve('./open.ts'))})
    const { migrate } = await import(${JSON.stringify(import.meta.resolve('./migrate.ts'))})
    const dialect = await openDialect(${JSON.stringify(url)})
    console.log(JSON.stringify(await migrate(dialect)))
    await dialect.close()`
  const started = Array.from({ length: 3 }, () => promisify(execFile)(process.execPath, ['--input-type=module', '--eval', script]))
  const done: { applied: string[] }[] = (await Promise.all(started)).map(({ stdout }) => JSON.parse(stdout))
  expect(done.flatMap(({ applied }) => applied).sort()).toEqual([...names].sort())
})
