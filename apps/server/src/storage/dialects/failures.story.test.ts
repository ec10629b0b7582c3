import { open } from 'node:fs/promises'
import { DatabaseSync } from 'node:sqlite'
import { sql } from 'kysely'
import pg from 'pg'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createTestDatabase, engines, type TestDatabase } from '../../../test/setup/engines.ts'
import type { CommitFault } from '../../faults.ts'
import { migrate } from '../migrate.ts'
import { openDialect, sqliteFile } from '../open.ts'
import type { Trx } from '../schema.ts'
import type { Dialect, Engine } from './dialect.ts'
import { openPostgres } from './postgres.ts'
import { openSqlite } from './sqlite.ts'
import { type StorageFailure, storageFailure } from './storage-error.ts'

interface Rig {
  dialect: Dialect
  /** How the next commit fails. */
  arm(fault: CommitFault): void
  onFatal: ReturnType<typeof vi.fn<(failure: StorageFailure) => void>>
}

let database: TestDatabase
const rigs: Rig[] = []

async function start(engine: Engine): Promise<Rig> {
  database = await createTestDatabase(engine)
  const rig = await openRig()
  await migrate(rig.dialect)
  return rig
}

async function openRig(): Promise<Rig> {
  let armed: CommitFault | null = null
  const commitFault = () => {
    const how = armed
    armed = null
    return how
  }
  const arm = (fault: CommitFault) => {
    armed = fault
  }
  const onFatal = vi.fn<(failure: StorageFailure) => void>()
  const dialect = await openDialect(database.url, { onFatal, commitFault })
  const rig = { dialect, onFatal, arm }
  rigs.push(rig)
  return rig
}

afterEach(async () => {
  for (const rig of [...rigs]) await close(rig)
  await database.remove()
})

async function close(rig: Rig): Promise<void> {
  rigs.splice(rigs.indexOf(rig), 1)
  await rig.dialect.close()
}

const insert = ({ db }: Dialect, key: string) => db.transaction().execute((trx) => trx.insertInto('settings').values({ key, value: '' }).execute())
const keys = async ({ db }: Dialect) =>
  (await db.selectFrom('settings').select('key').where('key', 'like', 'row %').orderBy('key').execute()).map(({ key }) => key)
const kindOf = (work: Promise<unknown>) => work.then(() => 'done', storageFailure)

describe.each(engines)('a commit on %s', (engine) => {
  let rig: Rig
  beforeEach(async () => {
    rig = await start(engine)
    await insert(rig.dialect, 'row 1')
  })

  it('that fails fatally is reported once, and every later statement is refused', async () => {
    const { dialect, arm, onFatal } = rig
    arm('ioerr')
    expect(await kindOf(insert(dialect, 'row 2'))).toBe('fatal')
    expect(onFatal).toHaveBeenCalledOnce()
    expect(onFatal.mock.lastCall?.[0]).toMatchObject({ kind: 'fatal', message: expect.stringMatching(/\(SQLite 1034\)|\(58030\)/) })
    expect(await kindOf(insert(dialect, 'row 3'))).toBe('fatal')
    expect(await kindOf(dialect.db.updateTable('settings').set({ value: 'x' }).execute())).toBe('fatal')
    expect(await kindOf(dialect.reads.selectFrom('settings').selectAll().execute())).toBe('fatal')
    expect(onFatal).toHaveBeenCalledOnce()
    await close(rig)
    // The next start has what was committed and continues.
    const next = await openRig()
    await insert(next.dialect, 'row 4')
    expect(await keys(next.dialect)).toEqual(['row 1', 'row 4'])
  })

  it.each([
    ['full', 'full'],
    ['lost', 'unavailable'],
  ] as const)('that fails with %s stores nothing, and the next commit succeeds', async (fault, kind) => {
    const { dialect, arm, onFatal } = rig
    arm(fault)
    expect(await kindOf(insert(dialect, 'row 2'))).toBe(kind)
    await insert(dialect, 'row 3')
    expect(await keys(dialect)).toEqual(['row 1', 'row 3'])
    expect(onFatal).not.toHaveBeenCalled()
  })
})

describe('SQLite', () => {
  /** Writes over the second half of the file, where the rows are; the schema stands at its beginning. */
  async function damage(): Promise<void> {
    const file = await open(sqliteFile(database.url), 'r+')
    const { size } = await file.stat()
    await file.write(Buffer.alloc(size / 2, 0xa5), 0, undefined, size / 2)
    await file.close()
  }

  it('damaged file: a failed read is not fatal, a failed write is', async () => {
    const rig = await start('sqlite')
    for (let n = 0; n < 400; n++) await insert(rig.dialect, `row ${n} ${'x'.repeat(1000)}`)
    await close(rig)
    await damage()
    const { dialect: damaged, onFatal } = await openRig()
    expect(await kindOf(sql`select sum(length(key)) from settings where value = ''`.execute(damaged.reads))).toBe('unavailable')
    expect(await kindOf(sql`select sum(length(key)) from settings where value = ''`.execute(damaged.db))).toBe('unavailable')
    expect(onFatal).not.toHaveBeenCalled()
    expect(await kindOf(sql`update settings set value = 'x' where value = ''`.execute(damaged.db))).toBe('fatal')
    expect(onFatal).toHaveBeenCalledOnce()
  })

  it('damaged file: a failed read in a write transaction is fatal', async () => {
    const rig = await start('sqlite')
    for (let n = 0; n < 400; n++) await insert(rig.dialect, `row ${n} ${'x'.repeat(1000)}`)
    await close(rig)
    await damage()
    const { dialect: damaged, onFatal } = await openRig()
    await damaged.db
      .transaction()
      .execute((trx) => sql`select sum(length(key)) from settings where value = ''`.execute(trx))
      .catch(() => {})
    expect(onFatal).toHaveBeenCalledOnce()
  })

  it('file locked by another process: the statements wait, and the process goes on meanwhile', async () => {
    const { dialect } = await start('sqlite')
    const other = new DatabaseSync(sqliteFile(database.url))
    other.exec('begin immediate')
    const work = Promise.all(['row 1', 'row 2'].map((key) => kindOf(insert(dialect, key))))
    expect(await keys({ ...dialect, db: dialect.reads })).toEqual([])
    // Only a process that is not held by SQLite gets here to end the lock.
    setTimeout(() => other.close(), 50)
    expect(await work).toEqual(['done', 'done'])
    expect(await keys(dialect)).toEqual(['row 1', 'row 2'])
  })

  it('file locked for long by another process: unavailable, for all who wait at the same time, until the lock is released', async () => {
    const { onFatal } = await start('sqlite')
    const dialect = await openSqlite(sqliteFile(database.url), { onFatal, busyMs: 300 })
    const other = new DatabaseSync(sqliteFile(database.url))
    other.exec('begin immediate')
    // If each of them waited after the one before, this test would run out of time.
    const kinds = await Promise.all(Array.from({ length: 1000 }, (_, n) => kindOf(insert(dialect, `row ${n}`))))
    expect(new Set(kinds)).toEqual(new Set(['unavailable']))
    expect(await keys(dialect)).toEqual([])
    expect(await kindOf(insert(dialect, 'row 1')), 'a read between says nothing about the lock').toBe('unavailable')
    other.close()
    await insert(dialect, 'row 1')
    expect(await keys(dialect)).toEqual(['row 1'])
    expect(onFatal).not.toHaveBeenCalled()
    await dialect.close()
  })
})

describe('PostgreSQL', () => {
  let rig: Rig
  beforeEach(async () => {
    rig = await start('postgres')
  })

  const raise = (code: string) => sql.raw(`do $$ begin raise exception 'said by the server' using errcode = '${code}'; end $$`)

  it.each(['58030', 'XX001', 'XX002'])('SQLSTATE %s is fatal, also in a read', async (code) => {
    const { dialect, onFatal } = rig
    expect(await kindOf(raise(code).execute(dialect.reads))).toBe('fatal')
    expect(onFatal).toHaveBeenCalledOnce()
  })

  it.each([
    ['53100', 'full'],
    ['57P03', 'unavailable'],
    ['08006', 'unavailable'],
    ['57014', 'unavailable'],
    ['55P03', 'unavailable'],
    ['40001', 'conflict'],
    ['23505', null],
  ])('SQLSTATE %s is %s, and the next statement succeeds', async (code, kind) => {
    const { dialect, onFatal } = rig
    expect(await kindOf(raise(code).execute(dialect.db))).toBe(kind)
    await insert(dialect, 'row 1')
    expect(onFatal).not.toHaveBeenCalled()
  })

  it('a table that another program locks is unavailable within the time of a statement, and works again once it is free', async () => {
    const { dialect } = rig
    const patience = { connect: 10_000, statement: 1000, answer: 10_000, ask: 5000, presence: 10_000 }
    const hurried = await openPostgres(database.url, { max: 3, patience })
    const other = new pg.Client({ connectionString: database.url })
    await other.connect()
    await other.query('begin; lock table settings in access exclusive mode')
    const work = [insert(hurried, 'row 1'), sql`select count(*) from settings`.execute(hurried.db), keys(hurried)]
    expect(await Promise.all(work.map(kindOf))).toEqual(['unavailable', 'unavailable', 'unavailable'])
    await other.end()
    await insert(hurried, 'row 2')
    await hurried.close()
    expect(await keys(dialect)).toEqual(['row 2'])
  })

  it('a deadlock undoes one transaction as a conflict, which succeeds when it is done again', async () => {
    const { dialect } = rig
    await insert(dialect, 'row 1')
    await insert(dialect, 'row 2')
    const gates = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
    const update = (trx: Trx, n: number, value: string) =>
      trx
        .updateTable('settings')
        .set({ value })
        .where('key', '=', `row ${n + 1}`)
        .execute()
    const across = (first: number) =>
      dialect.db.transaction().execute(async (trx) => {
        await update(trx, first, `of ${first}`)
        gates[first]!.resolve()
        await gates[1 - first]!.promise
        await update(trx, 1 - first, `of ${first}`)
      })
    const kinds = await Promise.all([across(0), across(1)].map(kindOf))
    expect(kinds.toSorted()).toEqual(['conflict', 'done'])
    expect(await kindOf(across(kinds.indexOf('conflict')))).toBe('done')
  })

  it('an error of COMMIT itself is classified like that of a statement', async () => {
    const { dialect, onFatal } = rig
    await sql
      .raw(`create function refuse() returns trigger language plpgsql as $$ begin raise exception 'could not fsync' using errcode = '58030'; end $$`)
      .execute(dialect.db)
    await sql
      .raw('create constraint trigger late after insert on settings deferrable initially deferred for each row execute function refuse()')
      .execute(dialect.db)
    let written = false
    const work = dialect.db.transaction().execute(async (trx) => {
      await trx.insertInto('settings').values({ key: 'row 1', value: '' }).execute()
      written = true
    })
    expect(await kindOf(work)).toBe('fatal')
    expect(written).toBe(true)
    expect(onFatal).toHaveBeenCalledOnce()
  })

  it('after a fatal failure no other transaction commits, and no running statement returns', async () => {
    const { dialect } = rig
    let fail = () => {}
    const failed = new Promise<void>((resolve) => {
      fail = resolve
    })
    const waits = kindOf(
      dialect.db.transaction().execute(async (trx) => {
        await trx.insertInto('settings').values({ key: 'row 1', value: '' }).execute()
        await failed
      }),
    )
    const slow = kindOf(sql`select pg_sleep(0.2)`.execute(dialect.db))
    await kindOf(raise('58030').execute(dialect.db))
    fail()
    expect(await Promise.all([waits, slow])).toEqual(['fatal', 'fatal'])
    await close(rig)
    expect(await keys((await openRig()).dialect)).toEqual([])
  })

  it('a commit that was in flight at a fatal failure is not acknowledged', async () => {
    const { dialect } = rig
    await sql
      .raw('create function late() returns trigger language plpgsql as $$ begin perform pg_advisory_xact_lock(7); return null; end $$')
      .execute(dialect.db)
    await sql
      .raw('create constraint trigger late after insert on settings deferrable initially deferred for each row execute function late()')
      .execute(dialect.db)
    const other = await openRig()
    let commit: Promise<unknown> = Promise.resolve()
    await other.dialect.db.transaction().execute(async (trx) => {
      await sql`select pg_advisory_xact_lock(7)`.execute(trx)
      commit = kindOf(insert(dialect, 'row 1'))
      const waiting = sql`select 1 from pg_stat_activity where query = 'commit' and wait_event = 'advisory' and datname = current_database()`
      await vi.waitFor(async () => expect((await waiting.execute(other.dialect.db)).rows).toHaveLength(1), { timeout: 10_000 })
      await kindOf(raise('58030').execute(dialect.db))
    })
    expect(await commit).toBe('fatal')
    expect(await keys(other.dialect)).toEqual(['row 1'])
  })

  it('connection terminated during a statement: the transaction fails with the cause, and the pool opens another connection', async () => {
    const { dialect, onFatal } = rig
    const work = dialect.db.transaction().execute(async (trx) => {
      await trx.insertInto('settings').values({ key: 'row 1', value: '' }).execute()
      await sql`select pg_terminate_backend(pg_backend_pid())`.execute(trx)
    })
    await expect(work).rejects.toMatchObject({ kind: 'unavailable', cause: { code: '57P01' } })
    await insert(dialect, 'row 2')
    expect(await keys(dialect)).toEqual(['row 2'])
    expect(onFatal).not.toHaveBeenCalled()
  })

  it('connection terminated between two statements of a transaction: the process survives', async () => {
    const { dialect } = rig
    const work = dialect.db.transaction().execute(async (trx) => {
      const { rows } = await sql<{ pid: number }>`select pg_backend_pid() as pid`.execute(trx)
      await sql`select pg_terminate_backend(${rows[0]!.pid}, 10000)`.execute(dialect.db)
      await sql`select 1`.execute(trx)
    })
    expect(await kindOf(work)).toBe('unavailable')
    await insert(dialect, 'row 2')
  })
})
