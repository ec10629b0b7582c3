import type { Reported, Stored } from './domain/report.ts'
import { allEnded } from './flow/all-ended.ts'
import { createSuspectTurn } from './flow/suspects.ts'
import type { TaskPort } from './flow/task-loop.ts'
import { createTaskLoops, type TaskTable } from './flow/task-loops.ts'
import { type AcceptParts, createAccept } from './pipeline/accept.ts'
import { createDelivering, type DeliveringParts } from './pipeline/deliver.ts'
import { createExplain, type ExplainParts } from './pipeline/explain.ts'
import { createFanOut } from './pipeline/fan-out.ts'
import type { FanOutParts } from './pipeline/fan-out-parts.ts'
import { createKeep, type KeepParts } from './pipeline/keep.ts'
import type { Plan } from './pipeline/plan.ts'
import { planning } from './pipeline/planning.ts'
import { createRelease, type ReleaseParts } from './pipeline/release.ts'
import { createReleasing } from './pipeline/releasing.ts'
import { createSending, DELIVERY, type SendingParts } from './pipeline/sending.ts'
import { createTending, type TendingParts } from './pipeline/tending.ts'

/** The parts of each chapter; the chapter's file describes them. */
export interface PipelineParts extends Omit<SendingParts, 'heldBack'>, Omit<TendingParts, 'outbox' | 'tasks'> {
  accept: Omit<AcceptParts, 'keep'>
  keep: Omit<KeepParts, 'pump' | 'planned' | 'toJob'>
  /** Gathers reports into groups; `commit` stores one group. */
  keeping(commit: (group: Reported[]) => Promise<Stored[]>): AcceptParts['keep']
  explain: ExplainParts
  fanOut: FanOutParts
  release: ReleaseParts
  delivering: DeliveringParts
  tasks: TaskPort
  /** Work on other kinds of tasks than `fan-out`. */
  work: TaskTable
}

/**
 * The path of one event, in order. Chapters do not know each other; only this file knows their order.
 *
 *   accept   in the request: check, then store in one shared commit what is planned at once, or the event with a task; answer 202
 *   fan out  in the worker: who (recipients/), where and why (routing/), one transaction per batch of people
 *   release  in the worker: held deliveries are decided again when their time has come
 *   deliver  in the worker: claim per connection, look again, render late (rendering/), send (delivery/, providers/), record
 */
export function createPipeline(parts: PipelineParts) {
  const explain = createExplain(parts.explain)

  // A loop that was refused a suspect is woken when it is its turn.
  const suspects = createSuspectTurn((loop) => (loop === DELIVERY ? sending.wake() : tasks.wake(loop)))

  function planned(plans: readonly Plan[]): void {
    parts.fanOut.planned(plans)
    const queues = queuesOf(plans)
    if (started && queues.size > 0) sending.wake(queues, queuesOf(plans.filter(({ event }) => event.priority === 'urgent')))
    if (started && plans.some(({ deliveries }) => deliveries.some(({ state }) => state === 'held'))) releasing.wake()
  }

  const fanOut = createFanOut({ ...parts.fanOut, planned })
  const tasks = createTaskLoops({ ...parts.work, 'fan-out': planning(fanOut) }, { ...parts, suspects })
  const releasing = createReleasing(createRelease(parts.release), parts, () => sending.wake())
  const delivering = createDelivering(parts.delivering)
  const sending = createSending({ ...parts, heldBack: releasing.wake }, delivering, suspects)
  const isPlanner = () => started && parts.keep.isPlanner()
  const keep = createKeep({ ...parts.keep, isPlanner, planned, toJob: delivering.toJob, pump: sending })
  const accept = createAccept({ ...parts.accept, keep: parts.keeping(keep) })

  // Keeps the leases of all of the above.
  const tending = createTending(parts, { tasks: tasks.inHand, deliveries: sending.inHand }, sending.wake)

  let started = false
  return {
    report: accept.report,
    reportBatch: accept.reportBatch,
    explain,

    /** Starts the worker's part. */
    start(): void {
      started = true
      tasks.start()
      releasing.wakeAll()
    },
    /** Something changed by hand or on another node: look again. A node that only accepts events has no work to look for. */
    wake(): void {
      if (!started) return
      tasks.wake()
      tending.wake()
      releasing.wakeAll()
      sending.wake()
    },
    inFlight: sending.inFlight,
    /** Deliveries of this event were called off: what of it waits in memory goes back, and those end there. */
    giveBack: sending.giveBack,
    /** Deliveries may have been called off without a word: what waits in memory is read again before it starts. */
    lookAgain: sending.lookAgain,
    /** To be called at intervals, see `tendEvery`. */
    tending,

    /** Claims stop, work in flight ends, the rest is given back unharmed. Leases are kept until then. */
    async stop(withinMs: number): Promise<void> {
      try {
        await allEnded([tasks.stop(), releasing.stop(), sending.stop(withinMs)])
      } finally {
        await tending.stop()
        // Last, so that nothing is leased anew: what is still leased was cut off by the stop.
        await parts.outbox.stop()
      }
    },
  }
}

/** The queues that these plans add to. */
const queuesOf = (plans: readonly Plan[]): Set<string> =>
  new Set(plans.flatMap(({ deliveries }) => deliveries.flatMap((one) => (one.state === 'queued' ? [one.connectionId] : []))))

export type Pipeline = ReturnType<typeof createPipeline>
