import type { TaskPort } from '../flow/task-loop.ts'
import { inTransaction } from '../storage/in-transaction.ts'
import type { Hub } from './parts.ts'

/** What the loops over tasks ask of the queue. */
export const taskPort = ({ dialect, log, queue }: Pick<Hub, 'dialect' | 'log' | 'queue'>): TaskPort => ({
  // What was reported together is planned in the order in which it was reported: the inbox shows it in that order.
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
