import { HOUR, MINUTE, type Millis, SECOND } from '../domain/time.ts'

/** Waits between attempts: 10 attempts in 23.7 h. Providers may bring a table of their own. */
export const RETRY_TABLE: readonly Millis[] = [5 * SECOND, 30 * SECOND, 2 * MINUTE, 10 * MINUTE, 30 * MINUTE, HOUR, 3 * HOUR, 7 * HOUR, 12 * HOUR]

/**
 * When to try again after attempt `attempt` (from 1) failed, or null when the table is used up.
 * `Retry-After` wins over the table; every wait of the table is spread by ±20 % so that a recovered vendor meets no stampede.
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
  if (given.retryAfterMs !== undefined) return given.now + given.retryAfterMs
  return given.now + Math.round(wait * (0.8 + 0.4 * given.random()))
}
