import type { Log } from '../log.ts'
import type { StorageFailure } from '../storage/dialects/storage-error.ts'

/** `EX_IOERR` of sysexits.h: supervisors and people know it as an input/output error. */
export const FATAL_STORAGE = 74

const WHAT_TO_DO =
  'The storage failed, and what is on the disk is not known any more: nothing is acknowledged from now on, and the process ends with code 74. ' +
  'Start it again: the next start finds what was committed and goes on from there. If it happens again, check the disk ' +
  '(SQLite: kernel log, health and mount of the disk that holds the data; PostgreSQL: the log of the server) before you start it once more.'

/**
 * Ends the process after a fatal failure. Not in the stack of whoever met it, but before the event loop does anything else: those who wait
 * for this commit are refused instead of being cut off. Nothing is drained, because that would write to the database.
 */
export const endOnFatal =
  (log: Pick<Log, 'fatal'>, exit: (code: number) => void) =>
  (failure: StorageFailure): void => {
    log.fatal({ err: failure }, WHAT_TO_DO)
    setImmediate(() => exit(FATAL_STORAGE))
  }
