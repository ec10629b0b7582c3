import { DAY, HOUR, type Millis } from '../../domain/time.ts'
import type { Verdict } from './vendor-api.ts'

/** A daily limit often counts the last 24 hours, so it ends bit by bit. */
const PERIODS: readonly [RegExp, Millis][] = [
  [/month|30 days/i, DAY],
  [/dail|per day|a day|24.?h|today/i, 4 * HOUR],
  [/hour/i, HOUR],
]

/** A limit of the account in a vendor's words, and how long the connection is paused; null when they name no limit of a period. */
export function accountLimit(said: unknown): Verdict | null {
  if (typeof said !== 'string' || !/limit|quota|exceed|maximum|credits/i.test(said)) return null
  const wait = PERIODS.find(([period]) => period.test(said))?.[1]
  return wait === undefined ? null : { said, about: 'limit', failure: 'temporary', throttled: 'target', retryAfterMs: wait }
}
