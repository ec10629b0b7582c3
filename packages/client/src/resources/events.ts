import { path, walk } from '../paging.ts'
import type { ReportCallOptions, Transport } from '../transport.ts'
import type {
  Accepted,
  BatchAccepted,
  Cancelled,
  Decision,
  Event,
  EventDetail,
  EventReport,
  EventState,
  NotificationReport,
  Page,
  PageQuery,
  PeriodQuery,
  Reason,
  Trace,
} from '../types.ts'

/** The period is that of acceptance. */
export interface EventQuery extends PageQuery, PeriodQuery {
  type?: string
  state?: EventState
  user?: string
}

/** Which decisions are answered; an absent member asks for all. */
export interface TraceFilter {
  /** User id, `adr_…` or `con_…`. */
  recipient?: string
  user?: string
  /** With the decisions that concern all channels of a recipient. */
  channel?: string
  decision?: Decision['decision']
  reason?: Reason
  /** Skips of one recipient with the same reason are one item that names its `channels`. */
  fold?: boolean
}

export interface TraceQuery extends PageQuery, TraceFilter {}

export const events = ({ request }: Transport) => {
  const list = (query: EventQuery = {}) => request<Page<Event>>('GET', '/v1/events', { query })
  const trace = (id: string, query: TraceQuery = {}) => request<Trace>('GET', path`/v1/events/${id}/trace`, { query })
  return {
    /** Reports an event. When this resolves, the event is on disk. */
    report: (report: EventReport, options?: ReportCallOptions) => request<Accepted>('POST', '/v1/events', { body: report, ...options }),
    /** At most 1,000 events; each is accepted or refused separately. */
    reportBatch: (reports: EventReport[], options?: ReportCallOptions) =>
      request<BatchAccepted>('POST', '/v1/events/batch', { body: { events: reports }, ...options }),
    /** Sends a message without an event type of your own. */
    notify: (report: NotificationReport, options?: ReportCallOptions) => request<Accepted>('POST', '/v1/notifications', { body: report, ...options }),
    /** The decisions for an event that is not sent, with reasons; for at most the first 200 recipients. */
    explain: (report: EventReport, query: TraceFilter = {}) => request<Trace>('POST', '/v1/explain', { body: report, query }),
    list,
    all: (query: EventQuery = {}) => walk(list, query),
    get: (id: string) => request<EventDetail>('GET', path`/v1/events/${id}`),
    trace,
    decisions: (id: string, query: TraceQuery = {}) => walk<Decision, TraceQuery>((asked) => trace(id, asked), query),
    cancel: (id: string) => request<Cancelled>('DELETE', path`/v1/events/${id}`),
  }
}
