import { DAY, HOUR, MINUTE, type Millis, SECOND } from '../domain/time.ts'

/** Waits between attempts: 10 attempts in 23.7 h. Providers may bring a table of their own. */
export const RETRY_TABLE: readonly Millis[] = [5 * SECOND, 30 * SECOND, 2 * MINUTE, 10 * MINUTE, 30 * MINUTE, HOUR, 3 * HOUR, 7 * HOUR, 12 * HOUR]

/**
 * When to try again after attempt `attempt` (from 1) failed, or null when the table is used up.
 * `Retry-After` wins over the table. Every wait is spread so that a recovered vendor meets no stampede: the table's by ±20 %, a vendor's by up to
 * 10 % more, because it said "not before", and 24 h at most.
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
  if (given.retryAfterMs !== undefined) return given.now + Math.min(Math.round(given.retryAfterMs * (1 + 0.1 * given.random())), DAY)
  return given.now + Math.round(wait * (0.8 + 0.4 * given.random()))
}
