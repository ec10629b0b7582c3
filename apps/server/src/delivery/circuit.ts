import type { TargetHealth } from '../domain/connection.ts'
import { MINUTE, type Millis, SECOND } from '../domain/time.ts'

/** Failures in a row after which a destination gets one probe and nothing else. */
export const OPEN_AFTER = 5

/** When a failing destination is probed next, or null while it still gets its traffic. */
export function probeAt(health: TargetHealth, now: Millis): Millis | null {
  if (health.blockedUntil !== null && health.blockedUntil > now) return health.blockedUntil
  if (health.failures < OPEN_AFTER) return null
  return now + Math.min(30 * SECOND * 2 ** (health.failures - OPEN_AFTER), 5 * MINUTE)
}
