import { type Asker, actorOf } from '../domain/caller.ts'
import { HOPS_HEADER, MOST_HOPS } from '../domain/hops.ts'
import type { Rows } from '../domain/page.ts'
import type { BatchResult, EventReport, Idempotency } from '../domain/report.ts'
import type { EventQuery, NotificationRow, RecordedDecision, StoredEvent, TraceQuery } from '../domain/stored.ts'
import { type CarillonError, invalidField } from '../errors.ts'
import { needs } from './needs.ts'

/** The pipeline, as every entrance uses it. Refusals are thrown as `CarillonError`. */
export interface PipelinePort {
  /** Resolves when the event is on disk. With a used key nothing is stored and the first id comes back, `replayed`. */
  report(report: EventReport, idempotency?: Idempotency): Promise<{ id: string; replayed: boolean }>
  reportBatch(reports: EventReport[], idempotency?: Idempotency): Promise<{ results: BatchResult<CarillonError>[]; replayed: boolean }>
  /** The decisions that a report would lead to now. Stores and sends nothing. */
  explain(report: EventReport): Promise<RecordedDecision[]>
  /** Deliveries of this event that wait in memory go back to the queue. Resolves when they are there. */
  giveBack(eventId: string): Promise<void>
  /** Something became due by hand: look for it now. */
  wake(): void
}

/** Reads of events and their traces, and the one change that an event knows. */
export interface EventReads {
  /** Throws `not_found` or `not_cancellable`. */
  cancel(eventId: string): Promise<void>
  /** How many deliveries of the event were cancelled. */
  cancelled(eventId: string): Promise<number>
  /** Null when there is no such event. */
  trace(eventId: string, query: TraceQuery): Promise<Rows<RecordedDecision> | null>
  /** Newest first. */
  events(query: EventQuery): Promise<Rows<StoredEvent>>
  event(id: string): Promise<{ event: StoredEvent; notifications: NotificationRow[] } | null>
}

/** Events: reports by applications, and their results. What applications do needs the scope `events`. */
export function createEventService(
  { report, reportBatch, explain, giveBack }: Omit<PipelinePort, 'wake'>,
  { cancel, cancelled, trace, events, event }: EventReads,
) {
  const may = needs('events')
  return {
    report: may(({ caller }: Asker, given: EventReport, idempotency?: Idempotency) => {
      refuseLoop([given])
      return report({ ...given, reporter: actorOf(caller) }, idempotency)
    }),
    reportBatch: may(({ caller }: Asker, given: EventReport[], idempotency?: Idempotency) => {
      refuseLoop(given)
      const reporter = actorOf(caller)
      return reportBatch(
        given.map((one) => ({ ...one, reporter })),
        idempotency,
      )
    }),
    explain: may((_who: Asker, given: EventReport) => explain(given)),
    cancel: may(async (_who: Asker, eventId: string) => {
      await cancel(eventId)
      // What this process gives back ends at once; before the cancel it would be claimed again.
      await giveBack(eventId)
      return { cancelled: await cancelled(eventId) }
    }),
    trace,
    events,
    event,
  }
}

/** Events of one request have passed the same hubs. */
function refuseLoop(reports: readonly EventReport[]): void {
  const most = Math.max(0, ...reports.map(({ hops = 0 }) => hops))
  if (most <= MOST_HOPS) return
  const why = `the event has passed ${most} hubs, and at most ${MOST_HOPS} are allowed: do these hubs report to each other? Remove one of the connections between them`
  throw invalidField(`/header/${HOPS_HEADER}`, why)
}

export type EventService = ReturnType<typeof createEventService>
