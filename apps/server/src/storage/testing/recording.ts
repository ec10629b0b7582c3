import type { Millis } from '../../domain/time.ts'
import { createHealthStore } from '../connections/health-store.ts'
import type { Dialect } from '../dialects/dialect.ts'
import type { RecordParts } from '../pipeline/outbox-record.ts'

/** What `recordOutcomes` needs of a process that has this number in `nodes`, and knows of no trouble. */
export const recordParts = (dialect: Dialect, node: number, now: Millis): RecordParts => ({
  dialect,
  health: createHealthStore(dialect),
  clock: () => now,
  startedAt: 0,
  node: () => node,
  isKnown: () => false,
  tell: async (_trx, notices) => ({ notices, events: [] }),
  beforeCommit() {},
})
