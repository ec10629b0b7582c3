/**
 * What a failure of the storage means.
 * `fatal`: after a failed write or fsync, or in a damaged file, nobody knows what is on the disk: the process has to end (`guard.ts`).
 * `full`: there is no room; nothing was written, and it works again when there is.
 * `unavailable`: the storage cannot be asked at present; the same statement may succeed a moment later.
 */
export type FailureKind = 'fatal' | 'full' | 'unavailable'

/** An error of the storage itself, not of a row or a statement. `cause` is what the driver threw; its code is named in the message. */
export class StorageFailure extends Error {
  readonly kind: FailureKind

  constructor(kind: FailureKind, message: string, cause: unknown) {
    super(message, { cause })
    this.name = 'StorageFailure'
    this.kind = kind
  }
}

/** The kind of the storage failure behind an error, or null when the storage is not to blame. */
export function storageFailure(error: unknown): FailureKind | null {
  for (const link of chain(error)) if (link instanceof StorageFailure) return link.kind
  return null
}

/** SQLite's primary result codes, https://www.sqlite.org/rescode.html: the low byte of the extended ones. */
const SQLITE: Readonly<Record<number, FailureKind>> = {
  5: 'unavailable', // BUSY: another process holds the file
  6: 'unavailable', // LOCKED
  10: 'fatal', // IOERR
  11: 'fatal', // CORRUPT
  13: 'full', // FULL
  26: 'fatal', // NOTADB: the head of the file is damaged
}
/** SQLITE_IOERR_NOMEM: memory was short, and nothing is wrong with the disk. */
const OUT_OF_MEMORY = 3082

/** SQLSTATEs, https://www.postgresql.org/docs/current/errcodes-appendix.html, and errors of the socket and the name lookup. */
const POSTGRES: Readonly<Record<string, FailureKind>> = {
  '58030': 'fatal', // io_error
  XX001: 'fatal', // data_corrupted
  XX002: 'fatal', // index_corrupted
  '53100': 'full', // disk_full
  '53300': 'unavailable', // too_many_connections
  '57P01': 'unavailable', // admin_shutdown
  '57P02': 'unavailable', // crash_shutdown
  '57P03': 'unavailable', // cannot_connect_now
  '57P05': 'unavailable', // idle_session_timeout: the server closed the connection
  '25P03': 'unavailable', // idle_in_transaction_session_timeout: likewise
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
/** Class 08: connection_exception and its kind. */
const CONNECTION_CLASS = /^08...$/
/** What pg and its pool say without a code when a connection is lost or cannot be had. */
const LOST = /^Connection terminated|and is not queryable$|^timeout exceeded when trying to connect$|^timeout expired$/

/**
 * What an error of node:sqlite says about the storage. `writing`: the statement was part of a write transaction, ended one, was one by itself,
 * or was a checkpoint. A read outside of one has put nothing at risk, so an error of the disk is not fatal there.
 */
export function sqliteFailure(error: unknown, writing: boolean): FailureKind | null {
  for (const link of chain(error)) {
    const code = 'errcode' in link && typeof link.errcode === 'number' ? link.errcode : 0
    const kind = code === OUT_OF_MEMORY ? 'unavailable' : SQLITE[code & 0xff]
    if (kind !== undefined) return kind === 'fatal' && !writing ? 'unavailable' : kind
  }
  return null
}

/** What an error of pg says about the storage. */
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
