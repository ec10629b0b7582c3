import type { By } from '../../domain/by.ts'
import type { TargetHealth } from '../../domain/connection.ts'
import type { Clock, Millis } from '../../domain/time.ts'
import { audit } from '../audit.ts'
import type { Dialect } from '../dialects/dialect.ts'
import type { Trx } from '../schema.ts'
import { type HealthStore, reportHealth } from './health-store.ts'

export interface TestRecordParts {
  dialect: Dialect
  clock: Clock
  health: HealthStore
  startedAt: Millis
  /** The consequences of a change of health, in the same transaction. */
  changed(trx: Trx, before: TargetHealth, after: TargetHealth, now: Millis): Promise<void>
}

/** A manual test. */
export interface TestRecord {
  /** Null: the connection is not saved. */
  id: string | null
  name: string
  ok: boolean
  codes: string[]
  /** The result for the connection's health; absent when it said nothing about it. */
  health: { error: string | null } | undefined
}

/** Writes the audit line of a test, and counts it for the health of a saved connection. Returns that health, null when the test said nothing about it. */
export const createTestRecorder =
  ({ dialect, clock, health: store, startedAt, changed }: TestRecordParts) =>
  ({ id, name, ok, codes, health }: TestRecord, by: By): Promise<TargetHealth | null> =>
    dialect.db.transaction().execute(async (trx) => {
      const now = clock()
      await audit(trx, { ...by, action: 'connection.tested', target: id ?? 'unsaved', detail: { name, ok, codes }, at: now })
      if (id === null || health === undefined) return null
      const { before, after } = await reportHealth(store, trx, id, health.error, now, startedAt)
      await changed(trx, before, after, now)
      return after
    })

export type RecordTest = ReturnType<typeof createTestRecorder>
