import type { Reported, Stored } from '../domain/report.ts'
import { createGather } from '../flow/gather.ts'
import type { Grouping } from '../flow/pace.ts'
import { failsForAll } from '../storage/dialects/storage-error.ts'
import { inTransaction } from '../storage/in-transaction.ts'
import type { Enqueue } from '../storage/pipeline/event-store.ts'
import type { Hub } from './parts.ts'

/** Events of one group commit. A batch of more is one by itself. */
const GROUP = 250

/** What the keeper needs of the hub. */
type KeeperParts = Pick<Hub, 'dialect' | 'faults' | 'failed'> & { counts: Pick<Hub['counts'], 'committed' | 'kept'>; queue: Pick<Hub['queue'], 'enqueue'> }

/** Group commit of reported events, with the fault points of the chaos tests around it. `commit` stores one group. */
export const keeper =
  ({ counts, dialect, faults, queue, failed }: KeeperParts, grouping: Grouping) =>
  (commit: (group: Reported[]) => Promise<Stored[]>): ((reported: Reported) => Promise<Stored>) => {
    const late = faults.sabotaged('enqueue_after_commit')
    const gather = createGather<Reported, Stored>({
      async commit(group) {
        const began = performance.now()
        const stored = await commit(group)
        counts.committed(performance.now() - began)
        if (late)
          setTimeout(
            () =>
              void inTransaction(dialect, (trx) =>
                queue.enqueue(
                  trx,
                  group.flatMap(({ events }) => events.map(({ id }) => ({ name: 'fan-out', ref: id }))),
                ),
              ).catch(() => {}),
            50,
          )
        faults.at('ingest.after_commit_before_ack')
        return stored
      },
      parallel: dialect.writers,
      size: GROUP,
      weight: ({ events }) => events.length,
      isStorageFailure: failsForAll,
      grouping,
    })
    return async (reported) => {
      faults.at('ingest.after_parse')
      if (faults.sabotaged('ack_before_commit')) {
        setTimeout(() => void gather.add(reported).catch((error: unknown) => failed('late commit', error)), 50)
        return { kind: 'stored' }
      }
      const stored = await gather.add(reported)
      counts.kept(reported.events.length, stored)
      return stored
    }
  }

/** Enqueues the tasks of accepted events; under sabotage, `keeper` does so too late. */
export const enqueueAccepted =
  ({ faults, queue }: Pick<Hub, 'faults' | 'queue'>): Enqueue =>
  async (trx, tasks) => {
    if (!faults.sabotaged('enqueue_after_commit')) await queue.enqueue(trx, tasks)
  }
