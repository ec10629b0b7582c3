import type { TargetHealth } from '../domain/connection.ts'
import type { Notice } from '../domain/notice.ts'
import type { Millis } from '../domain/time.ts'
import { isBlocked } from './health.ts'

/** The notice for operators about a connection whose health changed; null when it is nothing new. */
export function connectionNotice(before: TargetHealth | undefined, after: TargetHealth, now: Millis): Notice | null {
  const { target, lastError, blockedUntil, failures } = after
  if (isBlocked(after, now)) return isBlocked(before, now) ? null : { kind: 'connection.blocked', target, detail: lastError ?? '', blockedUntil }
  // A probe succeeds when the block has just ended, so any earlier block counts as "was blocked".
  return before?.blockedUntil != null && failures === 0 ? { kind: 'connection.restored', target, detail: '', blockedUntil: null } : null
}
