import type { Decision } from '../domain/decision.ts'
import type { Event, EventState } from '../domain/event.ts'
import type { EventType } from '../domain/event-type.ts'
import type { Rows, Slice } from '../domain/page.ts'
import type { EventReport, Idempotency } from '../domain/report.ts'
import type { Millis } from '../domain/time.ts'
import type { CarillonError, FieldError } from '../errors.ts'

/** An event with how far it got. */
export type StoredEvent = Event & { state: EventState }

/** A decision as it was recorded; `recipient` is a user id, `adr_…`, or `con_…` of a shared connection. */
export interface RecordedDecision extends Decision {
  recipient: string
  at: Millis
}

/** The inbox entry of one user, in short. */
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

/** One answer of a batch: the event's id, or why it was refused (pointers are into that event). */
export type BatchResult = { id: string } | { error: CarillonError }

/** What the routes of events ask of the pipeline. Refusals are thrown as `CarillonError`. */
export interface PipelinePort {
  /** Resolves when the event is on disk. With a used key nothing is stored and the first id comes back, `replayed`. */
  report(report: EventReport, idempotency?: Idempotency): Promise<{ id: string; replayed: boolean }>
  reportBatch(reports: EventReport[], idempotency?: Idempotency): Promise<{ results: BatchResult[]; replayed: boolean }>
  /** What would be decided now. Stores and sends nothing. */
  explain(report: EventReport): Promise<RecordedDecision[]>
  /** How many deliveries will not be sent; throws `not_found` or `not_cancellable`. */
  cancel(eventId: string): Promise<{ cancelled: number }>
  /** Null when there is no such event. */
  trace(eventId: string, query: TraceQuery): Promise<Rows<RecordedDecision> | null>
  /** Newest first. */
  events(query: EventQuery): Promise<Rows<StoredEvent>>
  event(id: string): Promise<{ event: StoredEvent; notifications: NotificationRow[] } | null>
  /** What is wrong with an entry before it is stored: schema, templates, names. */
  checkEventType(eventType: EventType): FieldError[] | Promise<FieldError[]>
  /** Deliveries became due by hand: look now. */
  wake(): void
}
