import type { TaskPort } from '../flow/task-loop.ts'
import { inTransaction } from '../storage/in-transaction.ts'
import type { Hub } from './parts.ts'

/** The queue, as the task loops use it. */
export const taskPort = ({ dialect, log, queue }: Pick<Hub, 'dialect' | 'log' | 'queue'>): TaskPort => ({
  // Events that were reported together are planned in the order in which they were reported: the inbox shows them in that order.
  claim: async (kind, limit) => (await queue.claim(kind, limit)).sort((one, other) => (one.ref < other.ref ? -1 : 1)),
  claimSuspect: queue.claimSuspect,
  release: queue.release,
  heartbeat: queue.heartbeat,
  fail: (task, error, atLeastUntil) => inTransaction(dialect, (trx) => queue.fail(trx, task, error, atLeastUntil)),
  async sweep() {
    for (const { name, ref, error } of await queue.sweep()) log.error({ task: name, ref }, `a task was quarantined: ${error}`)
  },
  onWork: queue.onWork,
})
