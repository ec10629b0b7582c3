import type { EventType } from '../domain/event-type.ts'
import type { Rows } from '../domain/page.ts'
import type { BatchResult, EventReport, Idempotency } from '../domain/report.ts'
import type { EventQuery, NotificationRow, RecordedDecision, StoredEvent, TraceQuery } from '../domain/stored.ts'
import type { CarillonError, FieldError } from '../errors.ts'

/** What the routes of events ask of the pipeline. Refusals are thrown as `CarillonError`. */
export interface PipelinePort {
  /** Resolves when the event is on disk. With a used key nothing is stored and the first id comes back, `replayed`. */
  report(report: EventReport, idempotency?: Idempotency): Promise<{ id: string; replayed: boolean }>
  reportBatch(reports: EventReport[], idempotency?: Idempotency): Promise<{ results: BatchResult<CarillonError>[]; replayed: boolean }>
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
