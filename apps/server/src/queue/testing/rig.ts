import type { TaskKind, TaskKinds } from '../../domain/task.ts'
import type { Clock } from '../../domain/time.ts'
import type { Trx } from '../../storage/schema.ts'
import type { Queue } from '../queue.ts'

/** One database and as many nodes on it as a test starts. */
export interface QueueRig {
  /** A started node. On an engine with one process the one before it has to have died. */
  node: (clock: Clock, kinds: TaskKinds<Trx>, fallbackMs?: number) => Promise<Queue<Trx>>
  /** Ends a node as `kill -9` would: nothing is released. */
  kill: (queue: Queue<Trx>) => Promise<void>
  transaction: <T>(run: (trx: Trx) => Promise<T>) => Promise<T>
  close: () => Promise<void>
}

export const LEASE = 60_000

/** A kind that stores nothing about the end of its tasks. */
export const plainKind = (retryAt: TaskKind<Trx>['retryAt'] = (_, now) => now): TaskKind<Trx> => ({
  retryAt,
  givenUp: async () => {},
  quarantined: async () => {},
})
