import type { TargetHealth } from '../domain/connection.ts'
import { MINUTE, type Millis, SECOND } from '../domain/time.ts'
import { closedUntil } from './health.ts'

/** After this many failures in a row a destination gets one probe at a time. */
export const OPEN_AFTER = 5

/** When a failing destination is probed next, or null while it still gets all its traffic. */
export function probeAt(health: TargetHealth, now: Millis): Millis | null {
  const closed = closedUntil(health, now)
  if (closed !== null) return closed
  if (health.failures < OPEN_AFTER) return null
  return now + Math.min(30 * SECOND * 2 ** (health.failures - OPEN_AFTER), 5 * MINUTE)
}
