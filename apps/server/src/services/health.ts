import { closedUntil, healthy, stateOf } from '../connections/health.ts'
import type { TargetHealth } from '../domain/connection.ts'
import type { Millis } from '../domain/time.ts'

/** The health of a connection or destination, as anyone may see it. */
export interface ShownHealth {
  /** `off`: a connection that is switched off, whatever its last tries said. */
  state: ReturnType<typeof stateOf> | 'off'
  /** Of a target that is not healthy: when its failures began. */
  since: Millis | null
  /** 0-5 */
  level: number
  /** Until when nothing is sent there; null when it may be. */
  until: Millis | null
  /** In a row. */
  failures: number
  lastFailureAt: Millis | null
  lastError: string | null
}

/** `known` is null for a healthy target. */
export function shownHealth(known: TargetHealth | null, now: Millis): ShownHealth {
  const health = known ?? healthy('')
  const state = stateOf(health, now)
  return {
    state,
    since: state === 'healthy' ? null : health.initialFailureAt,
    level: health.level,
    until: closedUntil(health, now),
    failures: health.failures,
    lastFailureAt: health.mostRecentFailureAt,
    lastError: health.lastError,
  }
}
