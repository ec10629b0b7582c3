import type { TargetHealth } from '../domain/connection.ts'
import type { Notice } from '../domain/notice.ts'
import type { Millis } from '../domain/time.ts'
import { isBlocked } from './health.ts'

/** What operators are told of a connection whose health changed; null when it is nothing new. */
export function connectionNotice(before: TargetHealth | undefined, after: TargetHealth, now: Millis): Notice | null {
  const { target, lastError, blockedUntil, failures } = after
  if (isBlocked(after, now)) return isBlocked(before, now) ? null : { kind: 'connection.blocked', target, detail: lastError ?? '', blockedUntil }
  // A probe succeeds when the block has just run out, so "was blocked" is: there was a block at all.
  return before?.blockedUntil != null && failures === 0 ? { kind: 'connection.restored', target, detail: '', blockedUntil: null } : null
}
