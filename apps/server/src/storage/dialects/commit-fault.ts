import type { CommitFault } from '../../faults.ts'

/** The errors of node:sqlite: SQLITE_IOERR_FSYNC, SQLITE_FULL, SQLITE_BUSY. */
const SQLITE: Record<CommitFault, [errcode: number, errstr: string]> = {
  ioerr: [1034, 'disk I/O error'],
  full: [13, 'database or disk is full'],
  lost: [5, 'database is locked'],
}

/** The errors of pg: io_error, disk_full, admin_shutdown. */
const POSTGRES: Record<CommitFault, [code: string, message: string]> = {
  ioerr: ['58030', 'could not fsync file "pg_wal/000000010000000000000001": Input/output error'],
  full: ['53100', 'could not extend file "base/1/2": No space left on device'],
  lost: ['57P01', 'terminating connection due to administrator command'],
}

export function sqliteFault(fault: CommitFault): Error {
  const [errcode, errstr] = SQLITE[fault]
  return Object.assign(new Error(errstr), { code: 'ERR_SQLITE_ERROR', errcode, errstr })
}

export function postgresFault(fault: CommitFault): Error {
  const [code, message] = POSTGRES[fault]
  return Object.assign(new Error(message), { code, severity: 'ERROR' })
}
