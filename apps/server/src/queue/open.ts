import type { TaskKinds } from '../domain/task.ts'
import type { Clock } from '../domain/time.ts'
import type { Dialect } from '../storage/dialects/dialect.ts'
import type { Trx } from '../storage/schema.ts'
import type { Queue } from './queue.ts'

export interface QueueOptions {
  /** Every kind of task that this program works on. */
  kinds: TaskKinds<Trx>
  clock: Clock
  /** How long a claim lasts without a heartbeat, in milliseconds. */
  leaseMs: number
  /** Milliseconds between two looks for work without a wake-up. */
  fallbackMs?: number
  onError?: (error: unknown) => void
}

/** The queue of the engine that holds the data. */
export async function openQueue(dialect: Dialect, options: QueueOptions): Promise<Queue<Trx>> {
  if (dialect.engine === 'sqlite') return (await import('./sqlite-queue.ts')).createSqliteQueue(dialect, options)
  return (await import('./pg-boss-queue.ts')).createPgBossQueue(dialect, options)
}
