import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { sql } from 'kysely'
import { afterEach, describe, expect, it } from 'vitest'
import { createTestDatabase, engines } from '../../test/setup/engines.ts'
import type { Dialect, Engine } from './dialects/dialect.ts'
import { migrate, pendingMigrations } from './migrate.ts'
import { type Migration, migrations } from './migrations/index.ts'
import { openDialect } from './open.ts'

const names = migrations.map(({ name }) => name)

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

it('moves the tasks that waited in pg-boss into the table of tasks', async () => {
  const [dialect] = await nodes('postgres', 1)
  const before = migrations.slice(
    0,
    migrations.findIndex(({ name }) => name === '0020-one-work-table'),
  )
  await migrate(dialect!, before)
  // The columns of pg-boss 12 that the migration reads.
  for (const statement of [
    sql`create schema pgboss`,
    sql`create table pgboss.queue (name text)`,
    sql`insert into pgboss.queue values ('fan-out'), ('__pgboss__send-it')`,
    sql`create table pgboss.job (id uuid, name text, priority int, data jsonb, state text, start_after timestamptz, created_on timestamptz)`,
    sql`insert into pgboss.job values
      ('00000000-0000-0000-0000-000000000001', 'fan-out', 3, '{"ref":"evt_1"}', 'created', to_timestamp(100), to_timestamp(100)),
      ('00000000-0000-0000-0000-000000000002', 'fan-out', 1, '{"ref":"evt_2"}', 'active', to_timestamp(50), to_timestamp(101)),
      ('00000000-0000-0000-0000-000000000003', 'fan-out', 1, '{"ref":"evt_3"}', 'failed', to_timestamp(50), to_timestamp(102)),
      ('00000000-0000-0000-0000-000000000004', '__pgboss__send-it', 1, '{}', 'created', to_timestamp(50), to_timestamp(102))`,
    sql`insert into work_claims (task, name, due_at, attempts, crashes) values ('00000000-0000-0000-0000-000000000001', 'fan-out', 200000, 0, 0),
      ('00000000-0000-0000-0000-000000000002', 'fan-out', null, 2, 1)`,
  ])
    await statement.execute(dialect!.db)
  await migrate(dialect!)
  const { rows } = await sql`select ref, due_at, priority, attempts, crashes, leased_until, created_at from work order by id`.execute(dialect!.db)
  expect(rows).toEqual([
    { ref: 'evt_1', due_at: 200_000, priority: 3, attempts: 0, crashes: 0, leased_until: null, created_at: 100_000 },
    { ref: 'evt_2', due_at: 50_000, priority: 1, attempts: 2, crashes: 1, leased_until: null, created_at: 101_000 },
  ])
  expect((await sql`select to_regnamespace('pgboss') as schema, to_regclass('work_claims') as claims`.execute(dialect!.db)).rows).toEqual([
    { schema: null, claims: null },
  ])
})

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

  it('know of a stored destination who named it, and show its owner no failure of the network', async () => {
    const [dialect] = await nodes(engine, 1)
    await migrate(
      dialect!,
      migrations.filter(({ name }) => name < '0011'),
    )
    type Rows = Record<string, string | number | null>
    const db = dialect!.db.withTables<{ users: Rows; destinations: Rows; devices: Rows }>()
    await db.insertInto('users').values({ id: 'ana', data: '{}', active: 1, created_at: 1, updated_at: 1 }).execute()
    const row = (id: string, more: object) => ({
      ...{ id, user_id: 'ana', channel: id, n: 0, body: '{}', address_hash: id, confirmed_at: 5, created_at: 5, updated_at: 9, gone_reason: null },
      ...more,
    })
    const gone = 'Only failures for five days; the last one: http://10.0.0.1:22 refused the connection'
    await db
      .insertInto('destinations')
      .values([
        row('stored by an application', { gone_reason: gone }),
        row('confirmed with a code', { confirmed_at: 7, gone_reason: gone }),
        row('never confirmed', { confirmed_at: null, gone_reason: 'https://example.com answered 410' }),
      ])
      .execute()
    await db
      .insertInto('devices')
      .values({
        ...{ id: 'dev_1', user_id: 'ana', channel: 'web_push', provider: 'web_push', platform: 'web', body: '{}' },
        address_hash: 'd',
        created_at: 1,
        last_seen_at: 1,
      })
      .execute()
    await migrate(dialect!)
    expect(await db.selectFrom('destinations').select(['id', 'named_by', 'gone_reason']).orderBy('id').execute()).toEqual([
      { id: 'confirmed with a code', named_by: 'person', gone_reason: 'Only failures for five days; the last one: could not be reached' },
      { id: 'never confirmed', named_by: 'person', gone_reason: 'https://example.com answered 410' },
      { id: 'stored by an application', named_by: 'application', gone_reason: gone },
    ])
    expect(await db.selectFrom('devices').select('named_by').execute()).toEqual([{ named_by: 'person' }])
  })

  it('end the codes that were sent to every place of a list, and leave other tokens', async () => {
    const [dialect] = await nodes(engine, 1)
    await migrate(
      dialect!,
      migrations.filter(({ name }) => name < '0016'),
    )
    const { db } = dialect!
    const token = (purpose: string) => ({ id: purpose, purpose, hash: purpose, user_id: 'ana', ref: 'dst_1', expires_at: 9, used_at: null, tries: 0 })
    await db
      .insertInto('tokens')
      .values([token('destination'), token('stream')])
      .execute()
    await migrate(dialect!)
    expect(await db.selectFrom('tokens').select('id').execute()).toEqual([{ id: 'stream' }])
  })

  it('rename the state of deliveries that wait for a connection, and remove the time of these and of those not held', async () => {
    const [dialect] = await nodes(engine, 1)
    const before = migrations.filter(({ name }) => name < '0009')
    await migrate(dialect!, before)
    const db = dialect!.db.withTables<{ deliveries: Record<string, string | number | null> }>()
    const row = (id: string, more: object) => ({
      id,
      event_id: 'evt_1',
      recipient: 'ana',
      channel: 'email',
      destination_id: 'dst_1',
      address_hash: id,
      state: 'held',
      due_at: 1,
      held_until: 5,
      held_for: 'schedule',
      priority: 1,
      attempts: 0,
      crashes: 0,
      created_at: 1,
      ...more,
    })
    await db
      .insertInto('deliveries')
      .values([
        row('dlv_1', {}),
        row('dlv_2', { state: 'cancelled' }),
        row('dlv_3', { state: 'queued', held_for: null, held_until: null, connection_id: 'con_1' }),
      ])
      .execute()
    await migrate(dialect!)
    expect(await db.selectFrom('deliveries').select(['id', 'state', 'held_for', 'held_until', 'merged_into']).orderBy('id').execute()).toEqual([
      { id: 'dlv_1', state: 'held', held_for: 'no_connection', held_until: null, merged_into: null },
      { id: 'dlv_2', state: 'cancelled', held_for: null, held_until: null, merged_into: null },
      { id: 'dlv_3', state: 'queued', held_for: null, held_until: null, merged_into: null },
    ])
  })
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
