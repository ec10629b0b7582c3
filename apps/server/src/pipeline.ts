import { createSuspectTurn } from './flow/suspects.ts'
import type { TaskPort } from './flow/task-loop.ts'
import { createTaskLoops, type TaskTable } from './flow/task-loops.ts'
import { type AcceptParts, createAccept } from './pipeline/accept.ts'
import { createDelivering, type DeliveringParts } from './pipeline/deliver.ts'
import { createExplain, type ExplainParts } from './pipeline/explain.ts'
import { createFanOut, type FanOutParts } from './pipeline/fan-out.ts'
import { planning } from './pipeline/planning.ts'
import { createRelease, type ReleaseParts } from './pipeline/release.ts'
import { createReleasing } from './pipeline/releasing.ts'
import { createSending, DELIVERY, type SendingParts } from './pipeline/sending.ts'
import { createTending, type TendingParts } from './pipeline/tending.ts'

/** The parts of each chapter; the chapter's file describes them. */
export interface PipelineParts extends Omit<SendingParts, 'heldBack'>, Omit<TendingParts, 'outbox' | 'tasks'> {
  accept: AcceptParts
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
 *   accept   in the request: check, store event and task in one shared commit, then answer 202
 *   fan out  in the worker: who (recipients/), where and why (routing/), one transaction per batch of people
 *   release  in the worker: held deliveries are decided again when their time has come
 *   deliver  in the worker: claim per connection, look again, render late (rendering/), send (delivery/, providers/), record
 */
export function createPipeline(parts: PipelineParts) {
  const accept = createAccept(parts.accept)
  const explain = createExplain(parts.explain)

  // A loop that was refused a suspect is woken when it is its turn.
  const suspects = createSuspectTurn((loop) => (loop === DELIVERY ? sending.wake() : tasks.wake(loop)))

  const fanOut = createFanOut({
    ...parts.fanOut,
    planned(plans) {
      parts.fanOut.planned(plans)
      const planned = plans.flatMap(({ deliveries }) => deliveries)
      sending.wake(new Set(planned.flatMap((one) => (one.state === 'queued' ? [one.connectionId] : []))))
      if (planned.some(({ state }) => state === 'held')) releasing.wake()
    },
  })
  const tasks = createTaskLoops({ ...parts.work, 'fan-out': planning(fanOut) }, { ...parts, suspects })
  const releasing = createReleasing(createRelease(parts.release), parts, () => sending.wake())
  const sending = createSending({ ...parts, heldBack: releasing.wake }, createDelivering(parts.delivering), suspects)

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
    /** To be called at intervals, see `tendEvery`. */
    tending,

    /** Claims stop, work in flight ends, the rest is given back unharmed. Leases are kept until then. */
    async stop(withinMs: number): Promise<void> {
      await Promise.all([tasks.stop(), releasing.stop(), sending.stop(withinMs)])
      await tending.stop()
    },
  }
}

export type Pipeline = ReturnType<typeof createPipeline>
