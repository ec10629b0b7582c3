import { LOG_CONNECTION, type Registry } from '../connections/registry.ts'
import type { Claimed } from '../delivery/job.ts'
import type { Outcome } from '../delivery/outcome.ts'
import type { TargetHealth } from '../domain/connection.ts'
import type { Told } from '../domain/notice.ts'
import type { Clock, Millis } from '../domain/time.ts'
import type { ClaimOrder, LaneLimits } from '../flow/lane.ts'
import type { Grouping } from '../flow/pace.ts'
import { createPump, type Pump } from '../flow/pump.ts'
import type { LanePlan } from '../flow/pump-parts.ts'
import type { SuspectTurn } from '../flow/suspects.ts'
import type { createDelivering, Loaded } from './deliver.ts'

/** What follows from a group of outcomes once it is on disk. */
export interface Recorded {
  /** The health of the targets that changed. */
  changed: TargetHealth[]
  /** Null: there was nothing to tell. */
  told: Told | null
}

/** What a sweep took back. */
export interface Swept {
  /** Deliveries of dead processes that are tried again, one after the other; those of a single death wait at most a second for each other. */
  released: number
  /** Deliveries that an orderly stop cut off: they are queued again, and are no suspects. */
  cutOff: number
  /** Claims of this process whose answer was lost with the connection to the database: they were not sent. */
  astray: number
  /** Deliveries of dead processes that are given up. They are recorded already. */
  quarantined: Pick<Outcome, 'delivery' | 'error'>[]
}

/** The deliveries table as the deliveries' own queue. */
export interface OutboxPort {
  claim(queues: string[], limit: number, order: ClaimOrder): Promise<Claimed[]>
  /** Unless `alone`, only one that was in flight at a single death; those come first. */
  claimSuspect(queues: string[], alone: boolean): Promise<Claimed | null>
  load(claimed: readonly Claimed[]): Promise<Loaded[]>
  record(outcomes: Outcome[]): Promise<Recorded>
  nextDue(queues: string[]): Promise<ReadonlyMap<string, Millis>>
  /** Renews the lease under which this process has its deliveries. */
  heartbeat(): Promise<void>
  /** The last write of an orderly stop: what is still leased to this process was in hand at no death. */
  stop(): Promise<void>
  /** Takes back what dead and stopped processes left, and what this process claimed without learning of it. */
  sweep(inHand: string[]): Promise<Swept>
  /** The health of all targets that have a record. */
  health(): Promise<TargetHealth[]>
}

export interface SendingParts {
  outbox: OutboxPort
  registry: Registry
  /** How much one connection may have in flight. */
  limits(connectionId: string): LaneLimits
  clock: Clock
  /** When groups of outcomes begin. */
  grouping: Grouping
  /** Whether the storage itself failed to record, not one outcome. */
  isStorageFailure(error: unknown): boolean
  /** Nothing is claimed now, on any connection. */
  isHeld(): boolean
  failed(what: string, error: unknown): void
  /** A rule held a delivery at its attempt: the end of that hold has to be watched. */
  heldBack(): void
}

/** What the loop itself uses of them; the rest of the outbox is tended elsewhere. */
interface LoopParts extends Omit<SendingParts, 'outbox' | 'registry'> {
  outbox: Pick<OutboxPort, 'claim' | 'claimSuspect' | 'load' | 'record' | 'nextDue'>
  registry: Pick<Registry, 'lanes' | 'queuesOf' | 'isAiling' | 'closedUntil' | 'nextOpening' | 'updateHealth'>
}

/** The name of this loop among those that take turns with suspects. */
export const DELIVERY = 'delivery'
const LOG_LIMITS: LaneLimits = { concurrency: 64 }

/** The loop from planned deliveries to vendors. */
export function createSending(
  { outbox, registry, limits, clock, grouping, isStorageFailure, isHeld, failed, heldBack }: LoopParts,
  delivering: Pick<ReturnType<typeof createDelivering>, 'toJob' | 'attempt'>,
  suspects: SuspectTurn,
): Pump {
  const pump = createPump({
    lanes,
    claim: outbox.claim,
    claimSuspect: (queues) => suspects.take(DELIVERY, (alone) => outbox.claimSuspect(queues, alone)),
    letNextSuspect: suspects.letNext,
    load: async (claimed) => (await outbox.load(claimed)).map(delivering.toJob),
    attempt: delivering.attempt,
    async record(outcomes) {
      const { changed } = await outbox.record(outcomes)
      if (outcomes.some(({ state }) => state === 'held')) heldBack()
      if (changed.length === 0) return
      registry.updateHealth(changed)
      pump.wake()
    },
    isStorageFailure,
    grouping,
    nextDue: outbox.nextDue,
    closedUntil: (destination) => registry.closedUntil(destination, clock()),
    nextOpening: () => registry.nextOpening(clock()),
    failed: (error) => failed(DELIVERY, error),
    clock,
  })

  /** Every usable connection has a lane. The log has one too, for deliveries that were planned when there was no connection. */
  function lanes(now: Millis): LanePlan[] {
    if (isHeld()) return []
    return [
      ...registry.lanes(now).map((connection) => ({
        id: connection.id,
        queues: registry.queuesOf(connection, now),
        ailing: registry.isAiling(connection.id),
        ...limits(connection.id),
      })),
      { id: LOG_CONNECTION, queues: [LOG_CONNECTION], ...LOG_LIMITS },
    ]
  }

  return pump
}
