import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite'
import { CompiledQuery, type DatabaseConnection, type Driver, type SqliteDatabase, SqliteDialect, SqliteDriver, type SqliteStatement } from 'kysely'

/** Milliseconds that a statement waits for another process (the CLI) to let go of the file. */
const BUSY_TIMEOUT = 5000
const PAGE_CACHE_KIB = 16 * 1024
/** Bytes to which the log is cut back once a big transaction is behind it. */
const LOG_SIZE = 64 * 1024 * 1024
const CACHED_STATEMENTS = 500

/** Opens a file with everything that is set per connection. Throws when a commit on it would not be durable. */
export function connect(file: string, { readOnly = false } = {}): DatabaseSync {
  const raw = new DatabaseSync(file, { readOnly, timeout: BUSY_TIMEOUT, enableForeignKeyConstraints: true })
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

/** Answers the durability of a commit, or throws when a committed row could be lost at power failure. https://www.sqlite.org/pragma.html#pragma_synchronous */
export function checkSynchronous(raw: DatabaseSync): { setting: string; value: string } {
  raw.prepare('select count(*) from sqlite_schema').get() // some builds fall to NORMAL only once the first page was read
  const level = raw.prepare('pragma synchronous').get()?.['synchronous']
  if (level !== 2 && level !== 3)
    throw new Error(
      `SQLite runs with synchronous=${String(level)} (2 is FULL): an acknowledged event could be lost at power failure, so Carillon does not start`,
    )
  const mode = raw.prepare('pragma journal_mode').get()?.['journal_mode']
  if (mode !== 'wal') throw new Error(`SQLite runs with journal_mode=${String(mode)}, but Carillon needs wal: is the file on a network drive?`)
  return { setting: 'synchronous', value: level === 3 ? 'extra' : 'full' }
}

/** What hears that a transaction ended. */
export interface TransactionEnd {
  committed(): void
  rolledBack(): void
}

/** Kysely's dialect over one connection, with prepared statements kept and, for the writer, an ear for the end of transactions. */
export class NodeSqliteDialect extends SqliteDialect {
  readonly #raw: DatabaseSync
  readonly #end: TransactionEnd | undefined

  constructor(raw: DatabaseSync, end?: TransactionEnd) {
    super({ database: withStatementCache(raw) })
    this.#raw = raw
    this.#end = end
  }

  override createDriver(): Driver {
    const database = withStatementCache(this.#raw)
    return this.#end ? new WritingDriver(this.#raw, database, this.#end) : new SqliteDriver({ database })
  }
}

class WritingDriver extends SqliteDriver {
  readonly #raw: DatabaseSync
  readonly #end: TransactionEnd

  constructor(raw: DatabaseSync, database: SqliteDatabase, end: TransactionEnd) {
    super({ database })
    this.#raw = raw
    this.#end = end
  }

  /** Takes the write lock at once: a reader that becomes a writer half-way gets SQLITE_BUSY without any waiting. */
  override async beginTransaction(connection: DatabaseConnection): Promise<void> {
    await connection.executeQuery(CompiledQuery.raw('begin immediate'))
  }

  override async commitTransaction(connection: DatabaseConnection): Promise<void> {
    await super.commitTransaction(connection)
    this.#end.committed()
  }

  /** SQLite has already rolled back after an I/O error or a full disk; a second rollback would hide why. https://www.sqlite.org/lang_transaction.html */
  override async rollbackTransaction(connection: DatabaseConnection): Promise<void> {
    this.#end.rolledBack()
    if (this.#raw.isTransaction) await super.rollbackTransaction(connection)
  }
}

/** Statements prepared once and kept, the least recently used ones dropped. */
export function withStatementCache(raw: DatabaseSync): SqliteDatabase {
  const cache = new Map<string, SqliteStatement>()
  return {
    close: () => raw.close(),
    prepare(sql) {
      const known = cache.get(sql)
      if (known)
        cache.delete(sql) // set again below: the least recently used statement stands first
      else if (cache.size >= CACHED_STATEMENTS) for (const oldest of cache.keys()) if (cache.delete(oldest)) break
      const statement = known ?? wrap(raw, sql)
      cache.set(sql, statement)
      return statement
    },
  }
}

function wrap(raw: DatabaseSync, sql: string): SqliteStatement {
  const statement: StatementSync = raw.prepare(sql)
  return {
    reader: statement.columns().length > 0,
    all: (parameters) => statement.all(...bind(parameters)),
    run: (parameters) => statement.run(...bind(parameters)),
    // Its own statement: two streams over one would share the cursor.
    iterate: (parameters) => raw.prepare(sql).iterate(...bind(parameters)),
  }
}

/** node:sqlite takes a leading object for *named* parameters and would shift the rest without a word, so objects are refused here. */
function bind(parameters: readonly unknown[]): SQLInputValue[] {
  return parameters.map((value) => {
    if (typeof value === 'string' || typeof value === 'number' || typeof value === 'bigint' || value === null) return value
    if (typeof value === 'boolean') return value ? 1 : 0
    if (value instanceof Uint8Array) return value
    throw new TypeError(`SQLite cannot store a value of type ${typeof value}: hand over text, an integer or null`)
  })
}
