// SQLite's primary result codes, https://www.sqlite.org/rescode.html: the low byte of the extended one.
const IO_ERROR = 10
const CORRUPT = 11
const FULL = 13
const NOT_A_DATABASE = 26
/** PostgreSQL's SQLSTATE `disk_full`, https://www.postgresql.org/docs/current/errcodes-appendix.html. */
const DISK_FULL = '53100'

/**
 * Whether SQLite can no longer be trusted with a commit: the file could not be read or written, or is damaged. The process
 * has to end, because after a failed fsync nobody knows what is on the disk. PostgreSQL decides that for itself and restarts.
 */
export const isFatalStorageError = (error: unknown): boolean => some(error, (link) => [IO_ERROR, CORRUPT, NOT_A_DATABASE].includes(primaryCode(link)))

/** Whether the disk is full: nothing was written, and the next attempt may succeed. */
export const isStorageFull = (error: unknown): boolean =>
  some(error, (link) => primaryCode(link) === FULL || ('code' in link && (link.code === DISK_FULL || link.code === 'ENOSPC')))

const primaryCode = (error: Error): number => ('errcode' in error && typeof error.errcode === 'number' ? error.errcode & 0xff : 0)

/** Asks the error and whatever caused it. */
function some(error: unknown, is: (link: Error) => boolean): boolean {
  for (let link = error, depth = 0; link instanceof Error && depth < 8; link = link.cause, depth++) if (is(link)) return true
  return false
}
