import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite'
import { setTimeout } from 'node:timers/promises'
import {
  CompiledQuery,
  type DatabaseConnection,
  type Driver,
  type QueryResult,
  type SqliteDatabase,
  SqliteDialect,
  SqliteDriver,
  type SqliteStatement,
} from 'kysely'
import type { NextCommitFault } from '../../faults.ts'
import { sqliteFault } from './commit-fault.ts'
import type { Guard } from './guard.ts'
import { StorageFailure, sqliteFailure } from './storage-error.ts'

/** Milliseconds that a statement waits for another process (the CLI, a backup tool) to release the file. */
export const BUSY_TIMEOUT = 5000
/** Milliseconds between two tries. Waiting inside SQLite would hold the whole process: no request would be answered meanwhile. */
const PAUSE = 20
/** Before the first few tries of a statement: most locks are held for one small commit. */
const FIRST_PAUSES = [1, 2, 5, 10]
const PAGE_CACHE_KIB = 16 * 1024
/** Bytes to which the write-ahead log is truncated after a big transaction. */
const LOG_SIZE = 64 * 1024 * 1024
const CACHED_STATEMENTS = 500

/** Opens a file and sets all per-connection options. Throws when a commit on it would not be durable. */
export function connect(file: string, { readOnly = false } = {}): DatabaseSync {
  const raw = new DatabaseSync(file, { readOnly, timeout: 0, enableForeignKeyConstraints: true })
  try {
    if (!readOnly) raw.exec(`pragma journal_mode = wal; pragma journal_size_limit = ${LOG_SIZE}`)
    raw.exec(`pragma synchronous = full; pragma cache_size = -${PAGE_CACHE_KIB}`)
    checkSynchronous(raw)
  } catch (error) {
    raw.close()
    throw error
  }
  return raw
}

/**
 * Opens as `connect` does, and tries again while another process holds the file. SQLite fails at once, whatever its busy timeout, when two
 * processes together turn a new file into one with a write-ahead log, or when the last one closes it.
 * https://www.sqlite.org/wal.html#sometimes_queries_return_sqlite_busy_in_wal_mode
 */
export async function connectWhenFree(open: () => DatabaseSync, pause = () => setTimeout(PAUSE)): Promise<DatabaseSync> {
  for (let tries = 1; ; tries++) {
    try {
      return open()
    } catch (error) {
      if (!isBusy(error) || tries * PAUSE >= BUSY_TIMEOUT) throw error
      await pause()
    }
  }
}

const BUSY = 5
/** The lowest byte of SQLite's extended codes is the primary one. https://www.sqlite.org/rescode.html */
const isBusy = (error: unknown): boolean =>
  error instanceof Error && (('errcode' in error && (Number(error.errcode) & 0xff) === BUSY) || (error instanceof StorageFailure && isBusy(error.cause)))

/** Returns the durability setting, or throws when a committed row could be lost at power failure. https://www.sqlite.org/pragma.html#pragma_synchronous */
export function checkSynchronous(raw: DatabaseSync): { setting: string; value: string } {
  raw.prepare('select count(*) from sqlite_schema').get() // some builds switch to NORMAL only after the first page was read
  const level = raw.prepare('pragma synchronous').get()?.['synchronous']
  if (level !== 2 && level !== 3)
    throw new Error(
      `SQLite runs with synchronous=${String(level)} (2 is FULL): an acknowledged event could be lost at power failure, so Carillon does not start`,
    )
  const mode = raw.prepare('pragma journal_mode').get()?.['journal_mode']
  if (mode !== 'wal') throw new Error(`SQLite runs with journal_mode=${String(mode)}, but Carillon needs wal: is the file on a network drive?`)
  return { setting: 'synchronous', value: level === 3 ? 'extra' : 'full' }
}

/** Called when a transaction ended. */
export interface TransactionEnd {
  committed(): void
  rolledBack(): void
}

/** What only the writing connection has. */
export interface Writer {
  end: TransactionEnd
  /** For tests. */
  commitFault: NextCommitFault
}

/** Kysely's dialect over one connection, with prepared statements kept and, for the writer, an ear for the end of transactions. */
export class NodeSqliteDialect extends SqliteDialect {
  readonly #opened: OpenedFile
  readonly #guard: Guard
  readonly #writer: Writer | undefined

  constructor(opened: OpenedFile, guard: Guard, writer?: Writer) {
    super({ database: opened.database })
    this.#opened = opened
    this.#guard = guard
    this.#writer = writer
  }

  override createDriver(): Driver {
    return this.#writer ? new WritingDriver(this.#opened, this.#guard, this.#writer) : new WaitingDriver(this.#opened)
  }
}

interface OpenedFile {
  raw: DatabaseSync
  /** The same connection with its prepared statements, see `withStatementCache`. */
  database: SqliteDatabase
  busyMs: number
}

/** The one connection; who uses it takes turns. Its statements wait for the locks of other processes. */
class WaitingDriver extends SqliteDriver {
  readonly #opened: OpenedFile
  #connection: DatabaseConnection | undefined

  constructor(opened: OpenedFile) {
    super({ database: opened.database })
    this.#opened = opened
  }

  override async acquireConnection(): Promise<DatabaseConnection> {
    this.#connection ??= new WaitingConnection(await super.acquireConnection(), this.#opened)
    return this.#connection
  }
}

/**
 * A statement that meets the lock of another process is tried again until it is free, at most `busyMs`. Those behind it are refused as soon as it
 * was: each of them would wait as long, one after the other.
 */
class WaitingConnection implements DatabaseConnection {
  readonly #inner: DatabaseConnection
  readonly #raw: DatabaseSync
  readonly #busyMs: number
  /** Since when every write has found the file locked. */
  #lockedSince: number | null = null

  constructor(inner: DatabaseConnection, { raw, busyMs }: OpenedFile) {
    this.#inner = inner
    this.#raw = raw
    this.#busyMs = busyMs
  }

  async executeQuery<Row>(query: CompiledQuery): Promise<QueryResult<Row>> {
    for (let tries = 0; ; tries++)
      try {
        const result = await this.#inner.executeQuery<Row>(query)
        // A read needs no lock, so it says nothing.
        if (this.#lockedSince !== null && !READS.test(query.sql)) this.#lockedSince = null
        return result
      } catch (error) {
        // Inside a transaction the lock is ours.
        if (this.#raw.isTransaction || !isBusy(error)) throw error
        const now = performance.now()
        this.#lockedSince ??= now
        if (now - this.#lockedSince >= this.#busyMs) throw error
        await setTimeout(FIRST_PAUSES[tries] ?? PAUSE)
      }
  }

  streamQuery(): never {
    throw new Error('Rows are not streamed')
  }
}

class WritingDriver extends WaitingDriver {
  readonly #raw: DatabaseSync
  readonly #guard: Guard
  readonly #end: TransactionEnd
  readonly #commitFault: NextCommitFault

  constructor(opened: OpenedFile, guard: Guard, { end, commitFault }: Writer) {
    super(opened)
    this.#raw = opened.raw
    this.#guard = guard
    this.#end = end
    this.#commitFault = commitFault
  }

  /** Takes the write lock at once: a reader that becomes a writer midway gets SQLITE_BUSY without waiting. */
  override async beginTransaction(connection: DatabaseConnection): Promise<void> {
    await connection.executeQuery(CompiledQuery.raw('begin immediate'))
  }

  override async commitTransaction(connection: DatabaseConnection): Promise<void> {
    const fault = this.#commitFault()
    if (fault !== null) throw thrown(this.#guard, sqliteFault(fault), true)
    await super.commitTransaction(connection)
    this.#end.committed()
  }

  /**
   * SQLite has already rolled back after an I/O error or a full disk; a second rollback would hide why. https://www.sqlite.org/lang_transaction.html
   * After a fatal failure there is no rollback either: the open transaction ends with the process.
   */
  override async rollbackTransaction(connection: DatabaseConnection): Promise<void> {
    this.#end.rolledBack()
    if (this.#raw.isTransaction && !this.#guard.closed()) await super.rollbackTransaction(connection)
  }
}

/** Statements prepared once and kept, the least recently used ones dropped. All of them pass through `guard`. */
export function withStatementCache(raw: DatabaseSync, guard: Guard): SqliteDatabase {
  const cache = new Map<string, SqliteStatement>()
  return {
    close: () => raw.close(),
    prepare(sql) {
      const known = cache.get(sql)
      if (known)
        cache.delete(sql) // set again below: the least recently used statement is first
      else if (cache.size >= CACHED_STATEMENTS) for (const oldest of cache.keys()) if (cache.delete(oldest)) break
      const statement = known ?? wrap(raw, sql, guard)
      cache.set(sql, statement)
      return statement
    },
  }
}

/** Statements that write nothing by themselves; all others are writes or a checkpoint. */
const READS = /^\s*(?:select|explain|values|pragma(?!\s+wal_checkpoint)|with(?!.*\b(?:insert|update|delete|replace)\b))\b/is

function wrap(raw: DatabaseSync, sql: string, guard: Guard): SqliteStatement {
  const reads = READS.test(sql)
  const ask = <T>(run: () => T): T => {
    guard.pass()
    // Read before the statement: a disk error may end the transaction. Every transaction of ours is a write transaction (`begin immediate`).
    const writing = !reads || raw.isTransaction
    try {
      return run()
    } catch (error) {
      throw thrown(guard, error, writing)
    }
  }
  const statement: StatementSync = ask(() => raw.prepare(sql))
  return {
    reader: statement.columns().length > 0,
    all: (parameters) => ask(() => statement.all(...bind(parameters))),
    run: (parameters) => ask(() => statement.run(...bind(parameters))),
    iterate() {
      throw new Error('Rows are not streamed')
    },
  }
}

const thrown = (guard: Guard, error: unknown, writing: boolean): unknown => guard.failure(error, sqliteFailure(error, writing))

/** node:sqlite takes a leading object for *named* parameters and would shift the rest without a word, so objects are refused here. */
function bind(parameters: readonly unknown[]): SQLInputValue[] {
  return parameters.map((value) => {
    if (typeof value === 'string' || typeof value === 'number' || typeof value === 'bigint' || value === null) return value
    if (typeof value === 'boolean') return value ? 1 : 0
    if (value instanceof Uint8Array) return value
    throw new TypeError(`SQLite cannot store a value of type ${typeof value}: hand over text, an integer or null`)
  })
}
