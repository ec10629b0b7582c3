import type { RecordedDecision, TraceFilter } from './stored.ts'

/** Whether a decision passes a filter. A decision about the whole recipient has no channel; it is an answer for every channel. */
export const isAskedFor = (one: RecordedDecision, { recipient, user, channel, decision, reason }: TraceFilter): boolean =>
  (recipient === undefined || one.recipient === recipient) &&
  (user === undefined || one.recipient === user) &&
  (channel === undefined || one.channel === channel || one.channel === null) &&
  (decision === undefined || one.decision === decision) &&
  (reason === undefined || one.reason === reason)

/** One decision, or all channels of one recipient that were skipped alike. */
export type FoldedDecision = RecordedDecision & { channels?: string[] }

/**
 * Skips of one recipient with the same reason, detail and time become one decision that names their channels: most of the thirty channels of a hub
 * have no connection, and each would be a line of its own. A decision that stands alone stays as it is.
 */
export function folded(decisions: readonly RecordedDecision[]): FoldedDecision[] {
  const alike = Map.groupBy(decisions, ({ recipient, connection, channel, decision, reason, detail, at }, i) =>
    decision === 'skip' && channel !== null ? JSON.stringify([recipient, connection, reason, detail, at]) : i,
  )
  return [...alike.values()].map(([first, ...others]) =>
    others.length === 0 ? first! : { ...first!, channel: null, channels: [first!, ...others].flatMap(({ channel }) => channel ?? []) },
  )
}
