import type { Decision, Reason } from './decision.ts'
import type { Event, EventState } from './event.ts'
import type { Period, Slice } from './page.ts'
import type { Millis } from './time.ts'

/** An event with its state. */
export type StoredEvent = Event & { state: EventState }

/** A decision as it was recorded; `recipient` is a user id, `adr_…`, or `con_…` of a shared connection. */
export type RecordedDecision = Decision & { recipient: string; at: Millis }

/** The inbox entry of one user, shortened. */
export interface NotificationRow {
  id: string
  userId: string
  visible: boolean
  createdAt: Millis
  readAt: Millis | null
}

/** The period is that of acceptance. */
export interface EventQuery extends Slice, Period {
  type?: string
  state?: EventState
  /** Events that made a notification for this user. */
  user?: string
}

/** Which decisions of an event are asked for; an absent member asks for all. */
export interface TraceFilter {
  /** User id, `adr_…` or `con_…`. */
  recipient?: string
  user?: string
  /** With the decisions that concern all channels of a recipient. */
  channel?: string
  decision?: Decision['decision']
  reason?: Reason
}

export type TraceQuery = Slice & TraceFilter
