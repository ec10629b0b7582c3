import type { Millis } from '../../domain/time.ts'
import type { Trx } from '../schema.ts'

/** 96 bits as two exact numbers. */
export interface EventKey {
  high: number
  low: number
}

export interface EventKeyRow extends EventKey {
  hash: string
  body: string
  at: Millis
}

/** Idempotency keys of events. A row from before `expired` counts as none. */
export interface EventKeys {
  /**
   * Stores, in `trx`, the rows whose key is free, and returns the rows that hold the other keys. `rows`: each key once, in the order of the keys. Those
   * of `except` are left out.
   */
  take(trx: Trx, rows: readonly EventKeyRow[], expired: Millis, except: Promise<ReadonlySet<EventKeyRow>>): Promise<EventKeyRow[]>
  /** Whether a key is taken. */
  isTaken(key: EventKey, expired: Millis): Promise<boolean>
  /** At the start of a process that serves: makes what is kept in memory ready. */
  load(): Promise<void>
  /** One step of moving keys from memory into the index; returns whether there is more to do. Nothing where nothing is kept in memory. */
  merge(): Promise<boolean>
  /** One step of removing expired rows; returns whether there is more to do. */
  prune(expired: Millis): Promise<boolean>
}
