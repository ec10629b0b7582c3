import type { TaskKinds } from '../domain/task.ts'
import type { Clock } from '../domain/time.ts'
import type { Dialect } from '../storage/dialects/dialect.ts'
import type { Trx } from '../storage/schema.ts'
import { ownersOfFile, ownersOfSessions } from './owners.ts'
import type { Queue } from './queue.ts'
import { createWorkQueue } from './work-queue.ts'

export interface QueueOptions {
  /** Every kind of task that this program works on. */
  kinds: TaskKinds<Trx>
  clock: Clock
  /** How long a claim lasts without a heartbeat, in milliseconds. */
  leaseMs: number
  /** Milliseconds between two looks for work without a wake-up. */
  fallbackMs?: number
}

/** The queue in the database that holds the data; the engines differ only in how a process shows that it lives. */
export const openQueue = (dialect: Dialect, options: QueueOptions): Queue<Trx> =>
  createWorkQueue(dialect, { ...options, owners: dialect.engine === 'sqlite' ? ownersOfFile(options.clock) : ownersOfSessions(dialect) })
