import type { Registry } from './connections/registry.ts'
import { LOG_CONNECTION } from './connections/registry.ts'
import type { Claimed } from './delivery/job.ts'
import type { Outcome } from './delivery/outcome.ts'
import type { TargetHealth } from './domain/connection.ts'
import type { Clock, Millis } from './domain/time.ts'
import { MINUTE, SECOND } from './domain/time.ts'
import { createLoop } from './flow/loop.ts'
import { createPump, type Road } from './flow/pump.ts'
import { createSuspectTurn } from './flow/suspects.ts'
import { type AcceptParts, createAccept } from './pipeline/accept.ts'
import { createDelivering, type DeliveringParts, type Loaded } from './pipeline/deliver.ts'
import { createExplain, type ExplainParts } from './pipeline/explain.ts'
import { createFanOut, type FanOutParts, type Walk } from './pipeline/fan-out.ts'
import { createRelease, type ReleaseParts } from './pipeline/release.ts'
import { createReleasing } from './pipeline/releasing.ts'
import { createWalks } from './pipeline/walks.ts'
import type { QuarantinedTask, Task } from './queue/queue.ts'

/** What the pipeline asks of the queue and the deliveries table. */
export interface PipelineParts {
  accept: AcceptParts
  explain: ExplainParts
  fanOut: FanOutParts
  delivering: DeliveringParts
  release: ReleaseParts
  tasks: {
    claim(limit: number): Promise<Task[]>
    /** One task that was in hand when its process died. */
    claimSuspect(): Promise<Task | null>
    release(tasks: Task[]): Promise<void>
    heartbeat(tasks: Task[]): Promise<void>
    /** Back at `retryAt`, or given up when that is null (its event is marked as failed). */
    fail(task: Task, error: string, retryAt: Millis | null): Promise<void>
    sweep(): Promise<QuarantinedTask[]>
    onWork(wake: () => void): () => void
  }
  outbox: {
    claim(queues: string[], limit: number, urgentFirst: boolean): Promise<Claimed[]>
    claimSuspect(queues: string[]): Promise<Claimed | null>
    load(claimed: Claimed[]): Promise<Loaded[]>
    /** Answers how the targets that changed are doing now. */
    record(outcomes: Outcome[]): Promise<TargetHealth[]>
    nextDue(queues: string[]): Promise<ReadonlyMap<string, Millis>>
    heartbeat(): Promise<void>
    sweep(): Promise<void>
    /** How well all targets answer of which something is known. */
    health(): Promise<TargetHealth[]>
  }
  registry: Registry
  /** What one connection may have in flight. */
  limits(connectionId: string): { concurrency: number; rate?: { count: number; perMs: Millis } }
  clock: Clock
  failed(what: string, error: unknown): void
}

/** Tasks in hand at once; small events share a transaction. */
const TASKS = 100
/** Times a fan-out that throws is tried again before it is given up. */
const FAN_OUT_TRIES = 5

/**
 * The whole story of one event, in order. Stages do not know each other; only this file knows what follows what.
 *
 *   accept   in the request: check, store event and work in one shared commit, then answer 202
 *   fan out  in the worker: who (recipients/), where and why (routing/), one transaction per batch of people
 *   release  in the worker: what was held is decided again when its time has come
 *   deliver  in the worker: claim per connection, look again, render late (rendering/), send (delivery/, providers/), record
 */
export function createPipeline(parts: PipelineParts) {
  const { clock, registry, tasks, outbox } = parts
  const accept = createAccept(parts.accept)
  const explain = createExplain(parts.explain)
  const fanOut = createFanOut({
    ...parts.fanOut,
    planned(plans) {
      parts.fanOut.planned(plans)
      const planned = plans.flatMap(({ deliveries }) => deliveries)
      pump.wake(new Set(planned.flatMap((one) => (one.state === 'queued' ? [one.connectionId] : []))))
      if (planned.some(({ state }) => state === 'held')) releasing.wake()
    },
  })
  const delivering = createDelivering(parts.delivering)

  const suspects = createSuspectTurn((stage) => (stage === 'fan-out' ? planning : pump).wake())

  const walks = createWalks()

  /** From events to decisions and planned deliveries: what arrived, then one chunk of a long audience, then again what arrived. */
  const planning = createLoop(
    async () => {
      const suspect = await suspects.take('fan-out', tasks.claimSuspect)
      if (suspect !== null) {
        await planAlone(suspect)
        return true
      }
      const room = TASKS - walks.tasks().length
      const claimed = await tasks.claim(room)
      if (claimed.length > 0) walks.add(await planAll(claimed))
      const walk = walks.take()
      if (walk !== null && (await tryTask(walk.task, () => fanOut.walk(walk.task)))) walks.add([walk])
      // What arrives from now on wakes this stage again.
      return claimed.length === room || walks.tasks().length > 0
    },
    (error) => parts.failed('fan-out', error),
  )

  /** Nothing else is in hand meanwhile: if it kills the process, nothing beside it is blamed. */
  async function planAlone(suspect: Task): Promise<void> {
    await letGo()
    let more = (await planAll([suspect])).length > 0
    while (more) {
      if (parts.fanOut.stopping()) return tasks.release([suspect])
      more = (await tryTask(suspect, () => fanOut.walk(suspect))) ?? false
    }
  }

  /** Events share a transaction; when that fails, each has one of its own, so that one that cannot be planned refuses nobody else. */
  async function planAll(claimed: Task[]): Promise<Walk[]> {
    if (claimed.length > 1)
      try {
        return await fanOut.plan(claimed)
      } catch {
        // Each says for itself what is wrong with it.
      }
    const left: Walk[] = []
    for (const task of claimed) left.push(...((await tryTask(task, () => fanOut.plan([task]))) ?? []))
    return left
  }

  /** Gives back the walks in hand: another node may take them up. */
  function letGo(): Promise<void> {
    const given = walks.clear()
    fanOut.forget(given)
    return tasks.release(given)
  }

  /** Undefined when it failed: then it comes again later, or is given up. */
  async function tryTask<T>(task: Task, work: () => Promise<T>): Promise<T | undefined> {
    try {
      return await work()
    } catch (error) {
      parts.failed('fan-out', error)
      fanOut.forget([task])
      const retryAt = task.attempt < FAN_OUT_TRIES ? clock() + SECOND * 2 ** task.attempt : null
      await tasks.fail(task, error instanceof Error ? error.message : String(error), retryAt)
      return undefined
    }
  }

  /** From planned deliveries to vendors. */
  const pump = createPump({
    roads: (now) => roads(registry, now, parts.limits),
    claim: outbox.claim,
    claimSuspect: (queues) => suspects.take('delivery', () => outbox.claimSuspect(queues)),
    load: async (claimed) => (await outbox.load(claimed)).map(delivering.toJob),
    attempt: delivering.attempt,
    async record(outcomes) {
      const changed = await outbox.record(outcomes)
      if (outcomes.some(({ state }) => state === 'held')) releasing.wake()
      if (changed.length === 0) return
      registry.updateHealth(changed)
      pump.wake()
    },
    nextDue: outbox.nextDue,
    closedUntil: (destination) => registry.closedUntil(destination, clock()),
    nextOpening: () => registry.nextOpening(clock()),
    failed: (error) => parts.failed('delivery', error),
    clock,
  })

  const releasing = createReleasing(createRelease(parts.release), pump.wake, (error) => parts.failed('release', error), clock)

  /** What dead processes left is taken up again, leases are kept, what others learned is learned. */
  const tending = createLoop(
    async () => {
      await outbox.heartbeat()
      await tasks.heartbeat(walks.tasks())
      await tasks.sweep()
      await outbox.sweep()
      // Other nodes ask the same targets.
      await registry.loadHealth(outbox.health)
      pump.wake()
      return false
    },
    (error) => parts.failed('tending', error),
  )

  let started = false
  let stopListening = () => {}
  let tendTimer: NodeJS.Timeout | undefined

  return {
    report: accept.report,
    reportBatch: accept.reportBatch,
    explain,

    /** Starts the worker's half. */
    start(tendEveryMs: Millis): void {
      started = true
      stopListening = tasks.onWork(planning.wake)
      tendTimer = setInterval(tending.wake, tendEveryMs)
      tending.wake()
      planning.wake()
      releasing.wakeAll()
    },
    /** Something changed by hand or on another node: look again. A node that only takes in has nothing to look for. */
    wake(): void {
      if (!started) return
      planning.wake()
      tending.wake()
      releasing.wakeAll()
      pump.wake()
    },
    inFlight: pump.inFlight,

    /** Claims stop, what is in flight ends, the rest goes back unharmed. */
    async stop(withinMs: Millis): Promise<void> {
      stopListening()
      clearInterval(tendTimer)
      await Promise.all([planning.stop().then(letGo), tending.stop(), releasing.stop(), pump.stop(withinMs)])
    },
  }
}

export type Pipeline = ReturnType<typeof createPipeline>

/** Every connection that may be asked now has a road; the log has one too, for what was planned when there was no connection. */
function roads(registry: Registry, now: Millis, limits: PipelineParts['limits']): Road[] {
  return [
    ...registry.lanes(now).map((connection) => ({
      id: connection.id,
      queues: registry.queuesOf(connection, now),
      ailing: registry.isAiling(connection.id),
      ...limits(connection.id),
    })),
    { id: LOG_CONNECTION, queues: [LOG_CONNECTION], concurrency: 64 },
  ]
}

/** How often leases are kept and dead processes are looked for: well inside the lease. */
export const tendEvery = (leaseMs: Millis): Millis => Math.min(leaseMs / 4, MINUTE / 4)
