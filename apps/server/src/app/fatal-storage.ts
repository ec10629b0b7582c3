import type { Log } from '../log.ts'
import type { StorageFailure } from '../storage/dialects/storage-error.ts'

/** `EX_IOERR` of sysexits.h: an input/output error. */
export const FATAL_STORAGE = 74

const WHAT_TO_DO =
  'The storage failed and the state of the disk is unknown. Nothing is acknowledged from now on, and the process ends with code 74. ' +
  'Start it again: it continues from what was committed. If it happens again, check the disk first ' +
  '(SQLite: the kernel log, and the health and mount of the data disk; PostgreSQL: the log of the server).'

/**
 * Ends the process after a fatal storage failure: at the end of the current turn of the event loop, so that the requests that wait for this
 * commit get their 503 and no new work begins. There is no drain, because a drain writes to the database.
 */
export const endOnFatal =
  (log: Pick<Log, 'fatal'>, exit: (code: number) => void) =>
  (failure: StorageFailure): void => {
    log.fatal({ err: failure }, WHAT_TO_DO)
    setImmediate(() => exit(FATAL_STORAGE))
  }
