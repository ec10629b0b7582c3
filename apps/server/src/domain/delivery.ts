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
/** Vendor acceptance is `sent`, never `delivered`. */
export type DeliveryState = (typeof DELIVERY_STATES)[number]

/**
 * Why a `held` row waits. `no_connection` is no verdict: its connection went away after it was planned, so it has no time and waits until a
 * connection of its channel is there.
 */
export type HeldFor = 'quiet_hours' | 'digest' | 'rate_limit' | 'no_connection'

/** What the row of a delivery says that a rule holds. */
export const HELD_FOR: Record<HoldReason, HeldFor> = { quiet_hours: 'quiet_hours', digest: 'digest', rate_limited: 'rate_limit' }

/**
 * Why a delivery did not happen, in the words the retry policy understands:
 * - `temporary`: try again later            - `unreachable`: this destination is gone
 * - `misconfigured`: this connection is broken, tell the operator
 * - `rejected`: this message will never be accepted
 */
export type DeliveryFailure = 'temporary' | 'unreachable' | 'misconfigured' | 'rejected'
