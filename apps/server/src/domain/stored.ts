import type { Decision } from './decision.ts'
import type { Event, EventState } from './event.ts'
import type { Slice } from './page.ts'
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

export interface EventQuery extends Slice {
  type?: string
  state?: EventState
  /** Events that made a notification for this user. */
  user?: string
}

export interface TraceQuery extends Slice {
  recipient?: string
}
