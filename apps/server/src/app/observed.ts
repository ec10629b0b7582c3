import { noOutcome } from '../delivery/outcome.ts'
import type { Faults } from '../faults.ts'
import { createConnectionLog } from '../operations/connection-log.ts'
import { createNoticeLog, createOutcomeLog, createSweepLog } from '../operations/operator-log.ts'
import type { PipelineParts } from '../pipeline.ts'
import type { Hub } from './parts.ts'

/**
 * The ports of the pipeline with everything that watches them: counters, log lines and fault points are wrappers, so that neither the pipeline
 * nor the stores know of them.
 */
export const observed = (hub: Pick<Hub, 'clock' | 'counts' | 'faults' | 'healthWatch' | 'log' | 'registry'>, parts: PipelineParts): PipelineParts =>
  interrupted(hub.faults, counted(hub, parts))

/** Counts what was done, logs what operators look for, and wakes the health watch when the health of a connection changed. */
function counted(
  { clock, counts, healthWatch, log, registry }: Pick<Hub, 'clock' | 'counts' | 'healthWatch' | 'log' | 'registry'>,
  parts: PipelineParts,
): PipelineParts {
  const { fanOut, outbox } = parts
  const logOutcomes = createOutcomeLog({ log, clock })
  const logNotices = createNoticeLog({ log, clock })
  const logSwept = createSweepLog(log)
  const logConnections = createConnectionLog({ log, clock, find: registry.find })
  return {
    ...parts,
    fanOut: {
      ...fanOut,
      async planning(run, before) {
        const began = performance.now()
        const planned = await fanOut.planning(run, before)
        counts.plannedIn(performance.now() - began)
        return planned
      },
      planned(plans) {
        counts.planned(plans)
        fanOut.planned(plans)
      },
    },
    outbox: {
      ...outbox,
      async record(outcomes) {
        const recorded = await outbox.record(outcomes)
        const { changed, told } = recorded
        counts.recorded(outcomes)
        if (told !== null) logNotices(told)
        logOutcomes(outcomes)
        logConnections(outcomes, changed)
        if (changed.some(({ target }) => target.startsWith('con_'))) healthWatch.wake()
        return recorded
      },
      async sweep(inHand) {
        const swept = await outbox.sweep(inHand)
        logSwept(swept)
        const ended = swept.quarantined.map(({ delivery, error }) => ({ ...noOutcome(delivery), error }))
        counts.recorded(ended)
        logOutcomes(ended)
        return swept
      },
    },
  }
}

type Transaction<Tx> = <T>(run: (tx: Tx) => Promise<T>) => Promise<T>

/** A transaction that stores reports, with the points around its commit. */
function aroundCommit<Tx>(faults: Faults, given: Transaction<Tx>): Transaction<Tx> {
  const transaction = faults.sabotaged('hand_over_before_commit') ? tooEarly(given) : given
  return async (run) => {
    const result = await transaction(async (tx) => {
      const written = await run(tx)
      faults.at('ingest.before_commit') // everything is written and nothing is on disk
      return written
    })
    faults.at('ingest.before_hand_over')
    return result
  }
}

/** Returns what a transaction does 50 ms before it is committed: a sabotage that the tests have to detect. */
const tooEarly =
  <Tx>(transaction: Transaction<Tx>): Transaction<Tx> =>
  <T>(run: (tx: Tx) => Promise<T>) => {
    const early = Promise.withResolvers<T>()
    const accepted = transaction(async (tx) => {
      const result = await run(tx)
      early.resolve(result)
      await new Promise((resolve) => setTimeout(resolve, 50))
      return result
    })
    return Promise.race([accepted, early.promise])
  }

/** The points of `faults.ts`. Those inside a transaction are passed just before its commit. */
function interrupted(faults: Faults, parts: PipelineParts): PipelineParts {
  const { fanOut, keep, delivering, outbox, release } = parts
  return {
    ...parts,
    keep: {
      ...keep,
      storing: aroundCommit(faults, keep.storing),
      accepting: aroundCommit(faults, keep.accepting),
    },
    fanOut: {
      ...fanOut,
      planning: (run, before) =>
        fanOut.planning(async (tx) => {
          const result = await run({
            ...tx,
            async write(plans) {
              await tx.write(plans)
              faults.at('route.written')
            },
          })
          faults.at('route.mid_batch')
          return result
        }, before),
      async events(ids) {
        const events = await fanOut.events(ids)
        for (const { type } of events.values()) faults.at('route.before', type)
        return events
      },
    },
    delivering: {
      ...delivering,
      render(input) {
        faults.at('send.before', input.recipient.id)
        return delivering.render(input)
      },
    },
    outbox: {
      ...outbox,
      async claim(queues, limit, order) {
        const claimed = await outbox.claim(queues, limit, order)
        if (claimed.length > 0) faults.at('lease.after_claim')
        return claimed
      },
      record(outcomes) {
        if (outcomes.some(({ state }) => state === 'sent')) faults.at('send.after_bytes')
        return outbox.record(outcomes)
      },
    },
    release: {
      ...release,
      // Most looks find nothing to release: they pass no point.
      async releasing(run) {
        let wrote = false
        const released = await release.releasing(async (tx) => {
          const result = await run({
            ...tx,
            async write(rows) {
              await tx.write(rows)
              wrote = true
            },
          })
          if (wrote) faults.at('release.before_commit')
          return result
        })
        if (wrote) faults.at('release.after_commit')
        return released
      },
    },
  }
}
