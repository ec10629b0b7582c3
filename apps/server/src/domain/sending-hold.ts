import type { Millis } from './time.ts'

/** After a restore nothing is sent until an operator confirms: what was sent after the backup was taken would be sent again. */
export interface SendingHold {
  /** When the backup was taken that the database comes from. */
  backupAt: Millis
  restoredAt: Millis
}
