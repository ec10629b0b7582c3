import type { Reported, Stored } from '../domain/report.ts'
import { createGather } from '../flow/gather.ts'
import { failsForAll } from '../storage/dialects/storage-error.ts'
import { inTransaction } from '../storage/in-transaction.ts'
import { createEventStore } from '../storage/pipeline/event-store.ts'
import type { Hub } from './parts.ts'

/** Events of one group commit. */
const GROUP = 250

/** Group commit of reported events, with the fault points of the chaos tests around it. */
export function keeper({ config, counts, dialect, faults, queue, failed }: Hub): (reported: Reported) => Promise<Stored> {
  const late = faults.sabotaged('enqueue_after_commit')
  const store = createEventStore(dialect, async (trx, tasks) => {
    if (!late) await queue.enqueue(trx, tasks)
    faults.at('ingest.before_commit') // everything is written and nothing is on disk
  })
  const gather = createGather<Reported, Stored>({
    async commit(group) {
      const began = performance.now()
      const stored = await store.commit(group)
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
    parallel: config.databaseUrl.startsWith('sqlite') ? 1 : 4,
    size: GROUP,
    isStorageFailure: failsForAll,
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
