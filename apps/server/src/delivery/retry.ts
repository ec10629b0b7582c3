import { DAY, HOUR, MINUTE, type Millis, SECOND } from '../domain/time.ts'

/** Waits between attempts: 10 attempts in 23.7 h. Providers may bring a table of their own. */
export const RETRY_TABLE: readonly Millis[] = [5 * SECOND, 30 * SECOND, 2 * MINUTE, 10 * MINUTE, 30 * MINUTE, HOUR, 3 * HOUR, 7 * HOUR, 12 * HOUR]

/**
 * When to try again after attempt `attempt` (from 1) failed, or null when the table is used up.
 * `Retry-After` wins over the table. After the first attempt it may also shorten the wait, later it may only lengthen it: otherwise ten
 * values of a second would exhaust all attempts at once. Every wait is spread so that deliveries do not all return to a recovered vendor
 * together: the table's by ±20 %, a vendor's by up to 10 % more, because it said "not before". A wait is 24 h at most.
 */
export function nextAttemptAt(given: {
  attempt: number
  now: Millis
  table?: readonly Millis[]
  retryAfterMs?: number | undefined
  random: () => number
}): Millis | null {
  const table = given.table ?? RETRY_TABLE
  const wait = table[given.attempt - 1]
  if (wait === undefined) return null
  const spread = given.random()
  const ours = Math.round(wait * (0.8 + 0.4 * spread))
  if (given.retryAfterMs === undefined) return given.now + ours
  const theirs = Math.min(Math.round(given.retryAfterMs * (1 + 0.1 * spread)), DAY)
  return given.now + (given.attempt === 1 ? theirs : Math.max(theirs, ours))
}
