import type { Claimed, Job } from '../delivery/job.ts'
import type { Outcome } from '../delivery/outcome.ts'
import type { Clock, Millis } from '../domain/time.ts'
import type { ClaimOrder, LaneLimits } from './lane.ts'
import type { Grouping } from './pace.ts'

/** The lane of a connection that may be used now. */
export interface LanePlan extends LaneLimits {
  /** The connection's id. */
  id: string
  /** The connections whose queued deliveries it claims. */
  queues: string[]
  /** It was blocked and has not succeeded since: it opens slowly. */
  ailing?: boolean
}

export interface PumpParts {
  lanes(now: Millis): LanePlan[]
  claim(queues: string[], limit: number, order: ClaimOrder): Promise<Claimed[]>
  /** Claims one suspect from these queues: a delivery that was in flight when its process died. */
  claimSuspect(queues: string[]): Promise<Claimed | null>
  /** The next suspect may run beside the present one. Call what it returns when that one has ended. */
  letNextSuspect(): () => void
  load(claimed: readonly Claimed[]): Promise<Job[]>
  /** Makes one attempt on the lane of this connection. Never throws. */
  attempt(job: Job, lane: string): Promise<Outcome>
  record(outcomes: Outcome[]): Promise<void>
  /** Whether the storage itself failed to record, not one outcome. */
  isStorageFailure(error: unknown): boolean
  /** When groups of outcomes begin. */
  grouping: Grouping
  /** When the next delivery of each of these queues comes due; queues without one are absent. */
  nextDue(queues: string[]): Promise<ReadonlyMap<string, Millis>>
  /** Until when nothing is sent to a destination; null when it may be used. */
  closedUntil(destination: string): Millis | null
  /** When a connection that has no lane now gets one again; null when none waits. */
  nextOpening(): Millis | null
  failed(error: unknown): void
  clock: Clock
}
