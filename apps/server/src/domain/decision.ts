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

/** What was decided for one recipient on one channel; `channel` is null when the reason concerns the person. */
export interface Decision {
  channel: string | null
  decision: 'deliver' | 'hold' | 'skip'
  reason: Reason
  /** Shared connections only: which one. */
  connection?: string
  detail?: string
}
