import type { CatalogueEntry } from '../catalogue/catalogue.ts'
import type { Verdict } from '../domain/decision.ts'
import type { Event } from '../domain/event.ts'
import type { Millis } from '../domain/time.ts'
import type { Member } from '../recipients/member.ts'
import type { Channel, Standing } from '../routing/standing.ts'
import type { HubNow } from './plan.ts'

/** Recipients of one event that are decided together. */
export interface Batch {
  event: Event
  entry: CatalogueEntry
  hub: HubNow
  members: readonly Member[]
  /** The user who caused the event and is not notified of it. */
  excluded: Member | null
  /** Users who were deleted after the event was reported; absent = none. */
  ended?: readonly Member[]
  /** By recipient. */
  standings: ReadonlyMap<string, Standing>
  /** Shared connections are planned once per event: with its first batch. */
  withShared: boolean
  /** Whether the event may have reached some of these addresses already, by an earlier batch or by another entry of its audience. */
  metBefore: boolean
  now: Millis
}

/** One recipient with the verdicts of the rules, in the order of `channels`. */
export interface Routed {
  member: Member
  standing: Standing
  channels: readonly Channel[]
  /** A reason that concerns the recipient as a whole. Then no channel was checked. */
  whole: Verdict | null
  verdicts: readonly Verdict[]
}
