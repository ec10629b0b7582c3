import type { Catalogue } from '../catalogue/catalogue.ts'
import type { Event } from '../domain/event.ts'
import type { StoredEvent } from '../domain/stored.ts'
import type { Task } from '../domain/task.ts'
import type { Clock, Millis } from '../domain/time.ts'
import type { Member } from '../recipients/member.ts'
import type { Directory } from '../recipients/walk.ts'
import type { Standing } from '../routing/standing.ts'
import type { HubNow, Plan } from './plan.ts'
import type { PartClaims } from './plan-parts.ts'

/** The reads that begin a batch. */
export interface PlanningReads extends Directory {
  /** Of these bare addresses (`adr_…`), those that are a user's own confirmed address, with that user. */
  owners(addressIds: string[]): Promise<ReadonlyMap<string, string>>
  /** The standings of these users and bare addresses, by event type. */
  standings(recipients: string[], eventTypes: string[]): Promise<(eventType: string) => ReadonlyMap<string, Standing>>
}

/** The part of the store that fan-out uses, all inside one transaction: either a batch is planned and the cursor moved, or nothing happened. */
export interface PlanningTransaction extends PlanningReads, PartClaims {
  /** Creates or updates the users that the events name; unknown users are created here. */
  upsertUsers(members: readonly Member[]): Promise<unknown>
  /** Of these ids, those whose user was deleted at `since` or later, with the last time. */
  deletedSince(userIds: readonly string[], since: Millis): Promise<ReadonlyMap<string, Millis>>
  write(plans: Plan[]): Promise<void>
  /** `cursor` null: every decision of the event is stored and its task is done. Returns the events that were not cancelled meanwhile. */
  progress(done: { event: Event; task: Task; cursor: string | null }[]): Promise<Set<string>>
}

export interface BatchParts {
  catalogue: Catalogue
  hub(): HubNow
  clock: Clock
}

export interface FanOutParts extends BatchParts {
  /**
   * `before`: resolves when the transaction is committed that this one may not overtake. Until then it locks nothing but new rows of its own event,
   * so that the other never waits for it.
   */
  planning<T>(run: (tx: PlanningTransaction) => Promise<T>, before?: Promise<unknown>): Promise<T>
  /** Whether two transactions can be written at once. */
  parallel: boolean
  /** Does now, in a turn of its own, what a later commit would do at once for many transactions. */
  tidy(): Promise<void>
  events(ids: string[]): Promise<Map<string, StoredEvent & { cursor: string | null }>>
  /** The task has no work (its event is cancelled or gone). */
  drop(tasks: Task[]): Promise<void>
  /** After the commit: notifies inboxes and the pump of the new rows. */
  planned(plans: readonly Plan[]): void
  stopping(): boolean
}
