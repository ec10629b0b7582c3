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
 * Why a delivery did not happen, in the words the retry policy understands:
 * - `temporary`: try again later            - `unreachable`: this destination is gone
 * - `misconfigured`: this connection is broken, tell the operator
 * - `rejected`: this message will never be accepted
 */
export type DeliveryFailure = 'temporary' | 'unreachable' | 'misconfigured' | 'rejected'
