import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { copyFile, mkdtemp, rename, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { sql } from 'kysely'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { openSqlite } from './sqlite.ts'
import { checkSynchronous, connect, connectWhenFree } from './sqlite-connection.ts'
import { storageFailure } from './storage-error.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'carillon-sqlite-'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

it('syncs every commit, and refuses a connection that does not', () => {
  const raw = connect(join(folder, 'a.db'))
  expect(checkSynchronous(raw)).toEqual({ setting: 'synchronous', value: 'full' })
  raw.exec('pragma synchronous = normal')
  expect(() => checkSynchronous(raw)).toThrow('synchronous=1')
  raw.close()
})

it('refuses a file without a write-ahead log', () => {
  const raw = new DatabaseSync(join(folder, 'a.db'))
  raw.exec('pragma synchronous = full')
  expect(() => checkSynchronous(raw)).toThrow('journal_mode=delete')
  raw.close()
})

it('opens a file that other processes are opening, and reports every other failure at once', async () => {
  const failure = (errcode: number) => Object.assign(new Error('failed'), { errcode })
  const raw = connect(join(folder, 'a.db'))
  const failing = (failures: number, errcode: number) => {
    let tries = 0
    const open = () => {
      if (tries++ < failures) throw failure(errcode)
      return raw
    }
    return { open: () => connectWhenFree(open, async () => {}), tries: () => tries }
  }
  const [SQLITE_BUSY, SQLITE_BUSY_RECOVERY, SQLITE_CANTOPEN] = [5, 261, 14]
  for (const code of [SQLITE_BUSY, SQLITE_BUSY_RECOVERY]) {
    expect(await failing(3, code).open()).toBe(raw)
    const held = failing(Number.POSITIVE_INFINITY, code)
    await expect(held.open()).rejects.toMatchObject({ errcode: code })
    expect(held.tries()).toBe(250)
  }
  const broken = failing(1, SQLITE_CANTOPEN)
  await expect(broken.open()).rejects.toMatchObject({ errcode: SQLITE_CANTOPEN })
  expect(broken.tries()).toBe(1)
  raw.close()
})

it('moves what was committed from the log into the file when it tidies up', async () => {
  const file = join(folder, 'a.db')
  const dialect = await openSqlite(file)
  await sql`create table t (body blob)`.execute(dialect.db)
  await dialect.db.transaction().execute((trx) => sql`insert into t values (zeroblob(200000))`.execute(trx))
  expect((await stat(file)).size).toBeLessThan(200_000)
  await dialect.tidy()
  expect((await stat(file)).size).toBeGreaterThan(200_000)
  await dialect.close()
})

it('serves a file from one process only, until that one has ended', async () => {
  const file = join(folder, 'a.db')
  const first = await openSqlite(file, { lock: true })
  await expect(openSqlite(file, { lock: true })).rejects.toThrow(
    `${file} is already served by another process; stop that one first, or give this one its own CARILLON_DATA_DIR or CARILLON_DATABASE_URL`,
  )
  const tool = await openSqlite(file)
  await tool.close()
  await first.close()
  const second = await openSqlite(file, { lock: true })
  await second.close()
})

it('keeps other processes out whatever else this one opens: a file that is there is not opened to look at its rights', async () => {
  const file = join(folder, 'a.db')
  const first = await openSqlite(file, { lock: true })
  await expect(openSqlite(file, { lock: true })).rejects.toThrow('already served')
  const tool = await openSqlite(file)
  const script = `
    const { openSqlite } = await import(${JSON.stringify(import.meta.resolve('./sqlite.ts'))})
    await openSqlite(${JSON.stringify(file)}, { lock: true }).then(() => console.log('served'), (error) => console.log(error.message))
    process.exit()`
  const child = spawn(process.execPath, ['--input-type=module', '--eval', script], { stdio: ['ignore', 'pipe', 'inherit'] })
  const [said] = await once(child.stdout, 'data')
  expect(String(said)).toContain('already served')
  await tool.close()
  await first.close()
})

it('serves a file again at once when its process was killed', async () => {
  const file = join(folder, 'a.db')
  const script = `
    const { openSqlite } = await import(${JSON.stringify(import.meta.resolve('./sqlite.ts'))})
    await openSqlite(${JSON.stringify(file)}, { lock: true })
    console.log('serving')
    setInterval(() => {}, 1000)`
  const child = spawn(process.execPath, ['--input-type=module', '--eval', script], { stdio: ['ignore', 'pipe', 'inherit'] })
  await once(child.stdout, 'data')
  await expect(openSqlite(file, { lock: true })).rejects.toThrow('already served')
  child.kill('SIGKILL')
  await once(child, 'exit')
  const next = await openSqlite(file, { lock: true })
  await next.close()
})

it('reports a full disk, and continues when there is space again', async () => {
  const { db, close } = await openSqlite(join(folder, 'a.db'))
  await sql`create table t (v blob)`.execute(db)
  await sql.raw('pragma max_page_count = 20').execute(db)
  const fill = db.transaction().execute(async (trx) => {
    for (let n = 0; n < 100; n++) await sql`insert into t values (zeroblob(4096))`.execute(trx)
  })
  await expect(fill).rejects.toSatisfy((error) => storageFailure(error) === 'full')
  expect((await sql`select count(*) as n from t`.execute(db)).rows).toEqual([{ n: 0 }])
  await sql.raw('pragma max_page_count = 1000').execute(db)
  await db.transaction().execute((trx) => sql`insert into t values (zeroblob(4096))`.execute(trx))
  expect((await sql`select count(*) as n from t`.execute(db)).rows).toEqual([{ n: 1 }])
  await close()
})

it('refuses a value that node:sqlite would read as named parameters', async () => {
  const { db, close } = await openSqlite(join(folder, 'a.db'))
  await expect(sql`select ${new Date(0)} as at, ${1} as n`.execute(db)).rejects.toThrow('cannot store a value of type object')
  await expect(sql`select ${undefined} as at`.execute(db)).rejects.toThrow('undefined')
  expect((await sql`select ${true} as yes, ${null} as none`.execute(db)).rows).toEqual([{ yes: 1, none: null }])
  await close()
})

it('reads without waiting for the writing transaction', async () => {
  const { db, reads, close } = await openSqlite(join(folder, 'a.db'))
  await sql`create table t (n integer)`.execute(db)
  await db.transaction().execute(async (trx) => {
    await sql`insert into t values (1)`.execute(trx)
    expect((await sql`select n from t`.execute(reads)).rows).toEqual([])
  })
  expect((await sql`select n from t`.execute(reads)).rows).toEqual([{ n: 1 }])
  await expect(sql`insert into t values (2)`.execute(reads)).rejects.toThrow(/readonly/)
  await close()
})

it('opens a copy of a database of another process', async () => {
  const first = await openSqlite(join(folder, 'a.db'))
  await sql`create table t (n integer)`.execute(first.db)
  await first.close()
  await copyFile(join(folder, 'a.db'), join(folder, 'b.db'))
  const second = await openSqlite(join(folder, 'b.db'))
  expect((await sql`select n from t`.execute(second.reads)).rows).toEqual([])
  expect(await second.freeBytes()).toBeGreaterThan(0)
  await second.close()
})

describe('a file that is removed or replaced while the hub has it open', () => {
  const file = () => join(folder, 'a.db')
  const rows = () => {
    const fresh = new DatabaseSync(file(), { readOnly: true })
    const found = fresh
      .prepare('select n from t order by n')
      .all()
      .map(({ n }) => n)
    fresh.close()
    return found
  }
  async function hub() {
    const onFatal = vi.fn()
    const dialect = await openSqlite(file(), { lock: true, onFatal })
    const put = (n: number) => sql`insert into t values (${n})`.execute(dialect.db)
    await sql`create table t (n integer)`.execute(dialect.db)
    await put(1)
    return { dialect, onFatal, put }
  }

  it('a write-ahead log without a name: nothing that was committed is lost, and the process ends', async () => {
    const { dialect, onFatal, put } = await hub()
    expect(await dialect.freeBytes()).toBeGreaterThan(0)
    await rm(`${file()}-wal`)
    const open = dialect.db.transaction().execute(async (trx) => {
      await sql`insert into t values (2)`.execute(trx)
      await new Promise((resolve) => setImmediate(resolve))
    })
    await expect(dialect.freeBytes()).rejects.toMatchObject({ kind: 'fatal', message: expect.stringContaining('a.db-wal was removed or replaced') })
    await open
    expect(onFatal).toHaveBeenCalledOnce()
    expect(await put(3).catch(storageFailure)).toBe('fatal')
    expect(rows()).toEqual([1, 2])
    await dialect.close()
  })

  it('another database in its place gets nothing of the log', async () => {
    const { dialect, onFatal, put } = await hub()
    await copyFile(file(), join(folder, 'b.db')) // as it was before everything that stands in the log
    await rename(join(folder, 'b.db'), file())
    await put(2)
    await expect(dialect.freeBytes()).rejects.toMatchObject({ kind: 'fatal', message: expect.stringContaining('a.db was removed or replaced') })
    expect(onFatal).toHaveBeenCalledOnce()
    expect((await stat(`${file()}-wal`)).size).toBe(0)
    await dialect.close()
  })
})
