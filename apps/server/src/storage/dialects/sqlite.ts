import { statfs } from 'node:fs/promises'
import { dirname } from 'node:path'
import { Kysely, sql } from 'kysely'
import type { NextCommitFault } from '../../faults.ts'
import type { Db, Tables } from '../schema.ts'
import { type Columns, type Dialect, type Insert, MAX_PAYLOAD } from './dialect.ts'
import { createGuard } from './guard.ts'
import { hexed, hexes, hexOf } from './ids.ts'
import { createLocalBus } from './local-bus.ts'
import { NullComparisonPlugin } from './null-comparison.ts'
import { watchOpenFiles } from './open-files.ts'
import { createOwnFile, createOwnFolder } from './own-files.ts'
import { BUSY_TIMEOUT, checkSynchronous, connect, connectWhenFree, NodeSqliteDialect, withStatementCache } from './sqlite-connection.ts'
import { type EventKeySizes, sqliteEventKeys } from './sqlite-event-keys.ts'
import { lockForServing } from './sqlite-lock.ts'
import type { StorageFailure } from './storage-error.ts'

export interface SqliteOptions {
  /** Refuse a second serving process on the same file; tools that run beside the hub open without it. */
  lock?: boolean
  /** Called with the first fatal failure; every later statement is refused. */
  onFatal?: ((failure: StorageFailure) => void) | undefined
  /** For tests: how the next commit fails. */
  commitFault?: NextCommitFault | undefined
  /** For tests: milliseconds that a statement waits for another process. */
  busyMs?: number
  /** For tests: how many idempotency keys are in memory, and in one step. */
  keySizes?: Partial<EventKeySizes> | undefined
}

/** Opens (or creates) the file: one connection that writes and one that only reads, so that inbox and console never wait for a writer. */
export async function openSqlite(
  file: string,
  { lock = false, onFatal, commitFault = () => null, busyMs = BUSY_TIMEOUT, keySizes }: SqliteOptions = {},
): Promise<Dialect> {
  const folder = dirname(file)
  createOwnFolder(folder)
  const unlock = lock ? lockForServing(file) : () => {}
  const bus = createLocalBus()
  const guard = createGuard(onFatal)
  const plugins = [new NullComparisonPlugin()]
  try {
    createOwnFile(file)
    const writer = await connectWhenFree(() => connect(file))
    const reader = await connectWhenFree(() => connect(file, { readOnly: true }))
    const statements = withStatementCache(writer, guard)
    const eventKeys = sqliteEventKeys(
      {
        ask: (statement, ...values) => statements.prepare(statement).all(values) as never[],
        isOpen: () => writer.isTransaction,
        inTurn: (run) => db.transaction().execute(async () => run()),
      },
      keySizes,
    )
    const db: Db = new Kysely<Tables>({
      dialect: new NodeSqliteDialect({ raw: writer, database: statements, busyMs }, guard, { end: bus, commitFault }),
      plugins,
    })
    const reads: Db = new Kysely<Tables>({
      dialect: new NodeSqliteDialect({ raw: reader, database: withStatementCache(reader, guard), busyMs }, guard),
      plugins,
    })
    let migrating: Promise<unknown> = Promise.resolve()
    const movedFile = lock ? watchOpenFiles(file) : () => null

    /**
     * What is committed goes where the next start finds it: out of a log that has lost its name, and not out of our log into another database. Then the
     * process has to end, because whatever it acknowledged from now on could be lost. In its turn: a checkpoint waits for no transaction.
     */
    const leave = (moved: string): Promise<void> =>
      db.connection().execute(async () => {
        const kept = writer.prepare('pragma wal_checkpoint(truncate)').get()
        const error = new Error(`${moved} was removed or replaced while the hub has it open, perhaps by a clean-up or a restore`)
        throw guard.failure(error, kept?.['busy'] === 0 ? 'fatal' : 'unavailable')
      })

    function draw(count: number): number[] {
      const [value = 0] = statements
        .prepare(`update counters set value = value + ? where name = 'numbers' returning value`)
        .all([count])
        .map((row) => Number(Reflect.get(Object(row), 'value')))
      return Array.from({ length: count }, (_, n) => value - count + 1 + n)
    }

    // Row by row through one prepared statement: half the cost of one statement over all rows as JSON. It is in the open transaction of the one
    // writing connection.
    function insertInto(inserts: readonly Insert[]): number {
      if (!writer.isTransaction) throw new Error('Rows are inserted inside a transaction')
      const [first = 0] = inserts.map(({ table, columns, rows }) => {
        const names = Object.keys(columns)
        const statement = statements.prepare(`insert into ${table} (${names.join(', ')}) values (${names.map(() => '?').join(', ')}) on conflict do nothing`)
        return rows.map(valuesOf(columns)).reduce((inserted, values) => inserted + Number(statement.run(values).changes), 0)
      })
      return first
    }

    return {
      engine: 'sqlite',
      db,
      reads,
      parallel: false,
      writers: 1,
      skipLocked: sql``,
      hasty: sql`null as hasty`, // the sync mode of commits is set once for the whole file
      locked: sql``,
      referred: sql``,
      eventKeys,
      among: (values) => sql`(select value from json_each(${JSON.stringify(values)}))`,
      bytesOf: (prefix, id) => sql`unhex(${hexOf(prefix, id)})`,
      amongIds: (prefix, ids) => sql`(select unhex(value) from json_each(${JSON.stringify(hexes(prefix, ids))}))`,
      publicId: (prefix, column) => sql`${sql.lit(`${prefix}_`)} || nullif(lower(hex(${typeof column === 'string' ? sql.ref(column) : column})), '')`,
      oneOf: (query) => sql`in (${query})`,
      table: (rows, columns, alias) => sql`(select ${fields(columns)} from json_each(${JSON.stringify(rows.map(listsOf(columns)))})) as ${sql.id(alias)}`,
      pipelined: async (trx) => trx,
      insert: async (_trx, inserts) => insertInto(inserts),
      async insertWithCommit(_trx, inserts) {
        insertInto(inserts)
      },
      async update(_trx, table, columns, rows, { set, where }) {
        if (!writer.isTransaction) throw new Error('Rows are changed inside a transaction')
        const names = Object.keys(columns)
        const statement = statements.prepare(`update ${table} set ${set} where ${where}`.replace(/\br\.(\w+)/g, (_, name) => `?${names.indexOf(name) + 1}`))
        return rows.map(valuesOf(columns)).reduce((changed, values) => changed + Number(statement.run(values).changes), 0)
      },
      numbers: async (_trx, count) => draw(count),
      async notify(_trx, channel, payload) {
        if (Buffer.byteLength(payload) > MAX_PAYLOAD) throw new RangeError(`A notification may have ${MAX_PAYLOAD} bytes`)
        bus.send(channel, payload)
      },
      listen: (channel, heard) => bus.listen(channel, heard),
      keepSession: async () => async () => {},
      // Another process waits for the write lock of each migration's transaction; here only this process must queue.
      migrationLock(run) {
        const mine = migrating.then(() => run(db))
        migrating = mine.catch(() => {})
        return mine
      },
      // In its turn: a checkpoint inside a transaction is refused.
      tidy: () => db.connection().execute(async () => void statements.prepare('pragma wal_checkpoint(passive)').all([])),
      checkDurability: async () => checkSynchronous(writer),
      async freeBytes() {
        const moved = movedFile()
        if (moved !== null) await leave(moved)
        const { bavail, bsize } = await statfs(folder)
        return bavail * bsize
      },
      async close() {
        for (const raw of [reader, writer]) if (raw.isOpen) raw.close() // Kysely would close only connections that it has used
        unlock()
      },
    }
  } catch (error) {
    unlock()
    throw error
  }
}

/** Rows as lists, in column order: a third less to parse than objects. */
const listsOf = (columns: Columns): ((row: object) => unknown[]) => {
  const types = Object.entries(columns)
  return (row) => types.map(([name, type]) => hexed(type, Reflect.get(row, name) ?? null))
}

/** The same as SQLite takes them. */
const valuesOf = (columns: Columns): ((row: object) => unknown[]) => {
  const types = Object.entries(columns)
  return (row) => types.map(([name, type]) => asBytes(type, hexed(type, Reflect.get(row, name) ?? null)))
}

const asBytes = (type: Columns[string], value: unknown): unknown => (type === 'id' && typeof value === 'string' ? Buffer.from(value, 'hex') : value)

const fields = (columns: Columns) =>
  sql.raw(
    Object.entries(columns)
      .map(([name, type], n) => `${FIELD[type](n)} as "${name}"`)
      .join(', '),
  )

const FIELD: Record<Columns[string], (n: number) => string> = {
  text: (n) => `value ->> ${n}`,
  integer: (n) => `cast(value ->> ${n} as integer)`,
  id: (n) => `unhex(value ->> ${n})`,
}
