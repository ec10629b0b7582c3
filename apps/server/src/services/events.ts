import type { Rows } from '../domain/page.ts'
import type { BatchResult, EventReport, Idempotency } from '../domain/report.ts'
import type { EventQuery, NotificationRow, RecordedDecision, StoredEvent, TraceQuery } from '../domain/stored.ts'
import type { CarillonError } from '../errors.ts'

/** The pipeline, as every entrance uses it. Refusals are thrown as `CarillonError`. */
export interface PipelinePort {
  /** Resolves when the event is on disk. With a used key nothing is stored and the first id comes back, `replayed`. */
  report(report: EventReport, idempotency?: Idempotency): Promise<{ id: string; replayed: boolean }>
  reportBatch(reports: EventReport[], idempotency?: Idempotency): Promise<{ results: BatchResult<CarillonError>[]; replayed: boolean }>
  /** The decisions that a report would lead to now. Stores and sends nothing. */
  explain(report: EventReport): Promise<RecordedDecision[]>
  /** Something became due by hand: look for it now. */
  wake(): void
}

/** Events: reports by applications, and their results. */
export interface EventService extends Omit<PipelinePort, 'wake'> {
  /** Returns how many deliveries will not be sent; throws `not_found` or `not_cancellable`. */
  cancel(eventId: string): Promise<{ cancelled: number }>
  /** Null when there is no such event. */
  trace(eventId: string, query: TraceQuery): Promise<Rows<RecordedDecision> | null>
  /** Newest first. */
  events(query: EventQuery): Promise<Rows<StoredEvent>>
  event(id: string): Promise<{ event: StoredEvent; notifications: NotificationRow[] } | null>
}
