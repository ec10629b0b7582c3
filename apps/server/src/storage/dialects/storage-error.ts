/**
 * How a storage failure is handled.
 * `fatal`: a write or fsync failed, or the file is damaged, so the state of the disk is unknown. The dialect refuses every further statement
 * (`guard.ts`), and the hub ends the process (`app/fatal-storage.ts`).
 * `full`: the disk is full. Nothing was written; the statement succeeds once there is space.
 * `unavailable`: the database cannot be reached, is locked or did not finish in time. The same statement may succeed a moment later.
 * `conflict`: two transactions stood in each other's way, and the server undid this one. The same work succeeds at once when it is done again.
 */
export type FailureKind = 'fatal' | 'full' | 'unavailable' | 'conflict'

/** The storage itself failed, not a row or a statement. `cause` is the driver's error; the message contains its code. */
export class StorageFailure extends Error {
  readonly kind: FailureKind

  constructor(kind: FailureKind, message: string, cause: unknown) {
    super(message, { cause })
    this.name = 'StorageFailure'
    this.kind = kind
  }
}

/** The kind of the `StorageFailure` in an error's chain of causes; null when there is none. */
export function storageFailure(error: unknown): FailureKind | null {
  for (const link of chain(error)) if (link instanceof StorageFailure) return link.kind
  return null
}

/** Whether others fail too that want the same now. Whoever was in a conflict succeeds alone. */
export function failsForAll(error: unknown): boolean {
  const kind = storageFailure(error)
  return kind !== null && kind !== 'conflict'
}

/** SQLite's primary result codes, https://www.sqlite.org/rescode.html: the low byte of the extended ones. */
const SQLITE: Readonly<Record<number, FailureKind>> = {
  5: 'unavailable', // BUSY: another process holds the file
  6: 'unavailable', // LOCKED
  7: 'unavailable', // NOMEM
  8: 'unavailable', // READONLY: nothing was written; its file, folder or mount has to be mended
  10: 'fatal', // IOERR
  11: 'fatal', // CORRUPT
  13: 'full', // FULL
  14: 'unavailable', // CANTOPEN: a file beside it, as when too many files are open
  15: 'unavailable', // PROTOCOL: the locks of the write-ahead log are busy
  26: 'fatal', // NOTADB: the head of the file is damaged
}
/** SQLITE_IOERR_NOMEM: the process ran out of memory; the disk is fine. */
const OUT_OF_MEMORY = 3082

/** SQLSTATEs, https://www.postgresql.org/docs/current/errcodes-appendix.html, and the codes of socket and DNS errors. */
const POSTGRES: Readonly<Record<string, FailureKind>> = {
  '58030': 'fatal', // io_error
  XX001: 'fatal', // data_corrupted
  XX002: 'fatal', // index_corrupted
  '53100': 'full', // disk_full
  '53000': 'unavailable', // insufficient_resources
  '53200': 'unavailable', // out_of_memory
  '53300': 'unavailable', // too_many_connections
  '57P01': 'unavailable', // admin_shutdown
  '57P02': 'unavailable', // crash_shutdown
  '57P03': 'unavailable', // cannot_connect_now
  '57P04': 'unavailable', // database_dropped, or about to be replaced by a restored one
  '25006': 'unavailable', // read_only_sql_transaction: a standby that has not been promoted yet
  '57P05': 'unavailable', // idle_session_timeout closed the connection
  '25P03': 'unavailable', // idle_in_transaction_session_timeout closed the connection
  '25P04': 'unavailable', // transaction_timeout closed the connection
  '40001': 'conflict', // serialization_failure
  '40P01': 'conflict', // deadlock_detected
  '53400': 'unavailable', // configuration_limit_exceeded, such as temp_file_limit
  '55P03': 'unavailable', // lock_not_available: lock_timeout
  '57014': 'unavailable', // query_canceled: statement_timeout behind a lock or on a slow disk, or an administrator
  '58000': 'unavailable', // system_error
  '58P01': 'unavailable', // undefined_file, as when the disk of a tablespace is not mounted
  ENOSPC: 'full',
  ECONNRESET: 'unavailable',
  ECONNREFUSED: 'unavailable',
  ECONNABORTED: 'unavailable',
  EPIPE: 'unavailable',
  ETIMEDOUT: 'unavailable',
  EHOSTUNREACH: 'unavailable',
  ENETUNREACH: 'unavailable',
  ENOTFOUND: 'unavailable',
  EAI_AGAIN: 'unavailable',
}
/** Class 08, connection exceptions. */
const CONNECTION_CLASS = /^08...$/
/** Messages of pg and pg-pool that carry no code: the connection was lost or could not be opened. */
const LOST = /^Connection terminated|and is not queryable$|^timeout exceeded when trying to connect$|^timeout expired$|^Query read timeout$/

/**
 * Classifies an error of node:sqlite. `writing`: the statement ran in a write transaction, ended one, wrote by itself, or was a checkpoint.
 * A disk error is fatal only then. A read outside a transaction puts no committed row at risk, so it fails alone.
 */
export function sqliteFailure(error: unknown, writing: boolean): FailureKind | null {
  for (const link of chain(error)) {
    const code = 'errcode' in link && typeof link.errcode === 'number' ? link.errcode : 0
    const kind = code === OUT_OF_MEMORY ? 'unavailable' : SQLITE[code & 0xff]
    if (kind !== undefined) return kind === 'fatal' && !writing ? 'unavailable' : kind
  }
  return null
}

/** Classifies an error of pg. Reads count like writes: the server names these codes only when its own data is damaged. */
export function postgresFailure(error: unknown): FailureKind | null {
  for (const link of chain(error)) {
    const code = 'code' in link ? String(link.code) : ''
    const kind = POSTGRES[code] ?? (CONNECTION_CLASS.test(code) || LOST.test(link.message) ? 'unavailable' : null)
    if (kind !== null) return kind
  }
  return null
}

/** The error and what caused it. */
function* chain(error: unknown): Generator<Error> {
  for (let link = error, depth = 0; link instanceof Error && depth < 8; link = link.cause, depth++) yield link
}
