import { type Millis, toIso } from './time.ts'

export const REASONS = [
  'routed',
  'critical',
  'locked',
  'actor_excluded',
  'user_inactive',
  'duplicate',
  'expired',
  'channel_disabled',
  'no_connection',
  'preset',
  'muted',
  'channel_off',
  'category_off',
  'route_off',
  'not_requested',
  'no_destination',
  'destination_unconfirmed',
  'destination_gone',
  'unsubscribed',
  'rate_limited',
  'digest',
  'quiet_hours',
  'connection_blocked',
  'condition',
  'tags',
  'severity',
  'sensitive',
] as const
export type Reason = (typeof REASONS)[number]

/** Reasons to deliver later. */
export type HoldReason = Extract<Reason, 'quiet_hours' | 'digest' | 'rate_limited'>

/**
 * The verdict of the rules for one recipient on one channel. A hold cannot be written without the time at which it is decided again. Read it
 * with a `switch` that returns in each branch: then a verdict that is not handled does not compile.
 */
export type Verdict =
  | { decision: 'deliver'; reason: Reason }
  | { decision: 'skip'; reason: Reason; detail?: string }
  | { decision: 'hold'; reason: HoldReason; until: Millis }

/** A verdict as it is recorded and read back; `channel` is null when the reason concerns the person. */
export interface Decision {
  channel: string | null
  decision: Verdict['decision']
  reason: Reason
  /** Shared connections only: which one. */
  connection?: string
  /** Skips: the exact cause. Holds: `until <ISO 8601>`. */
  detail?: string
}

/** Verdicts without a detail are shared objects: a topic of 100,000 makes a million of them. */
const SKIPS = new Map<Reason, Verdict>(REASONS.map((reason) => [reason, Object.freeze({ decision: 'skip', reason })]))
const DELIVERS = new Map<Reason, Verdict>(REASONS.map((reason) => [reason, Object.freeze({ decision: 'deliver', reason })]))
export const skip = (reason: Reason): Verdict => SKIPS.get(reason)!
export const deliver = (reason: Reason): Verdict => DELIVERS.get(reason)!

/** A verdict on a channel, as the trace shows it. */
export function toDecision(channel: string | null, verdict: Verdict): Decision {
  switch (verdict.decision) {
    case 'deliver':
      return { channel, decision: 'deliver', reason: verdict.reason }
    case 'skip':
      return { channel, decision: 'skip', reason: verdict.reason, ...(verdict.detail !== undefined && { detail: verdict.detail }) }
    case 'hold':
      return { channel, decision: 'hold', reason: verdict.reason, detail: heldUntil(verdict.until) }
  }
}

/** The detail of a hold. */
export const heldUntil = (until: Millis): string => `until ${toIso(until)}`
