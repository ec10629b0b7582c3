/** A value that JSON can carry. */
export type Json = string | number | boolean | null | Json[] | JsonObject
export type JsonObject = { [key: string]: Json }

export type Priority = 'low' | 'medium' | 'high' | 'urgent'
export type Severity = 'debug' | 'info' | 'success' | 'warning' | 'error' | 'critical'

/** accepted: waits for fan-out · scheduled: waits for `sendAt` · planned: every decision is stored · failed: quarantined */
export type EventState = 'accepted' | 'scheduled' | 'planned' | 'cancelled' | 'failed'

/** Vendor acceptance is `sent`, never `delivered`. */
export type DeliveryState =
  | 'held'
  | 'queued'
  | 'sending'
  | 'sent'
  | 'delivered'
  | 'bounced'
  | 'complained'
  | 'failed'
  | 'merged'
  | 'suppressed'
  | 'cancelled'
  | 'expired'
  | 'logged'

/** Why a recipient x channel was delivered, held or skipped. */
export type Reason =
  | 'routed'
  | 'critical'
  | 'locked'
  | 'actor_excluded'
  | 'user_inactive'
  | 'duplicate'
  | 'expired'
  | 'channel_disabled'
  | 'no_connection'
  | 'preset'
  | 'muted'
  | 'channel_off'
  | 'category_off'
  | 'route_off'
  | 'not_requested'
  | 'no_destination'
  | 'destination_unconfirmed'
  | 'destination_gone'
  | 'unsubscribed'
  | 'rate_limited'
  | 'digest'
  | 'quiet_hours'
  | 'connection_blocked'
  | 'condition'
  | 'tags'
  | 'severity'
  | 'sensitive'

/** What an API key may do. `admin` includes all others. */
export type Scope = 'events' | 'read' | 'manage' | 'act' | 'tokens' | 'metrics' | 'admin'

/** One page of a list; `nextCursor` is null on the last one. */
export interface Page<T> {
  items: T[]
  nextCursor: string | null
}

/** `limit` 1-200, default 50; `cursor` is the `nextCursor` of the previous page. */
export interface PageQuery {
  limit?: number
  cursor?: string
}

/** A list of one period: from `since` on, and before `until`; RFC 3339 with offset. */
export interface PeriodQuery {
  since?: string
  until?: string
}

/** One invalid field: a JSON pointer (RFC 6901) into the body, or `/query/…`, `/header/…`, `/path/…`. */
export interface FieldError {
  pointer: string
  message: string
  /** Absent = error. */
  severity?: 'error' | 'warning'
}

/** Every error response (RFC 9457, `application/problem+json`). `code` is stable, one of `ErrorCode`; match only it. */
export interface Problem {
  type: string
  title: string
  status: number
  detail: string
  code: string
  errors: FieldError[]
  requestId: string
}
