import type { DeliveryState, PeriodQuery } from './words.ts'

/** One message to one destination. */
export interface DeliverySummary {
  id: string
  eventId: string
  notificationId: string | null
  /** User id, `adr_…` of a bare address, or `con_…` of a shared connection. */
  recipient: string
  channel: string
  connection: string | null
  state: DeliveryState
  /**
   * Why it is held: `quiet_hours`, `digest`, `rate_limit`; `no_connection` when its connection was deleted after it was planned; or
   * `connection_blocked` or `destination_blocked` while that one is blocked after failures or paused by its vendor (its `health` says which).
   */
  heldFor: string | null
  /** When it is decided again; null for `no_connection`, which waits until a connection of its channel is there. */
  heldUntil: string | null
  /** `merged` only: the event that contains it. */
  mergedInto: string | null
  dueAt: string
  attempts: number
  createdAt: string
  finishedAt: string | null
  expiresAt: string | null
  errorCode: string | null
  error: string | null
  externalId: string | null
}

/** One try at one connection. */
export interface Attempt {
  n: number
  connection: string
  at: string
  /** Milliseconds it took. */
  ms: number
  /** sent, retry, failed, suppressed, expired, logged, failover */
  outcome: string
  code: string | null
  status: number | null
  detail: string | null
  retryAt: string | null
}

export interface Delivery extends DeliverySummary {
  history: Attempt[]
}

/** Filter of a bulk retry; at most 10,000 deliveries at once. */
export interface RetryQuery extends PeriodQuery {
  /** Absent = `failed`; `queued` means deliveries that wait for their next attempt. */
  status?: 'failed' | 'expired' | 'cancelled' | 'suppressed' | 'queued'
  event?: string
  user?: string
  /** User id, `adr_…` or `con_…`. */
  recipient?: string
  channel?: string
  connection?: string
  /** Count only. */
  dryRun?: boolean
}

export interface Retried {
  retried: number
  dryRun: boolean
}
