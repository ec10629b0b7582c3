import type { HoldReason } from './decision.ts'

export const DELIVERY_STATES = [
  'held',
  'queued',
  'sending',
  'sent',
  'delivered',
  'bounced',
  'complained',
  'failed',
  'merged',
  'suppressed',
  'cancelled',
  'expired',
  'logged',
] as const
/** A delivery that the vendor accepted is `sent`, never `delivered`. */
export type DeliveryState = (typeof DELIVERY_STATES)[number]

/**
 * Why a `held` row waits. `no_connection` is no verdict: its connection was removed after it was planned, so it has no time and waits until
 * its channel has a connection.
 */
export type HeldFor = 'quiet_hours' | 'digest' | 'rate_limit' | 'no_connection'

/** The reason of a hold, as the row of a delivery stores it. */
export const HELD_FOR: Record<HoldReason, HeldFor> = { quiet_hours: 'quiet_hours', digest: 'digest', rate_limited: 'rate_limit' }

/**
 * Why a delivery failed, in the terms of the retry policy:
 * - `temporary`: try again later            - `unreachable`: this destination is gone
 * - `misconfigured`: this connection is broken, notify the operator
 * - `rejected`: this message will never be accepted
 */
export type DeliveryFailure = 'temporary' | 'unreachable' | 'misconfigured' | 'rejected'
