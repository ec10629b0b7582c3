import fc from 'fast-check'
import { expect, it } from 'vitest'
import { NOON } from '../domain/testing/samples.ts'
import { HOUR, MINUTE, SECOND } from '../domain/time.ts'
import { nextAttemptAt, RETRY_TABLE } from './retry.ts'

const middle = () => 0.5

it('makes ten attempts in 23.7 hours', () => {
  const waits: number[] = []
  for (let attempt = 1; ; attempt++) {
    const at = nextAttemptAt({ attempt, now: NOON, random: middle })
    if (at === null) break
    waits.push(at - NOON)
  }
  expect(waits).toEqual([5 * SECOND, 30 * SECOND, 2 * MINUTE, 10 * MINUTE, 30 * MINUTE, HOUR, 3 * HOUR, 7 * HOUR, 12 * HOUR])
  expect(waits.length + 1).toBe(10)
  expect(Math.round((waits.reduce((a, b) => a + b) / HOUR) * 10) / 10).toBe(23.7)
})

it('stays within 20 % of the table, whatever the random number', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: RETRY_TABLE.length }), fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), (attempt, dice) => {
      const wait = nextAttemptAt({ attempt, now: NOON, random: () => dice })! - NOON
      const planned = RETRY_TABLE[attempt - 1]!
      expect(wait).toBeGreaterThanOrEqual(planned * 0.8)
      expect(wait).toBeLessThanOrEqual(planned * 1.2)
      expect(Number.isInteger(wait)).toBe(true)
    }),
  )
})

it('spreads over the whole range: the extreme random numbers give its ends', () => {
  expect(nextAttemptAt({ attempt: 1, now: NOON, random: () => 0 })).toBe(NOON + 4000)
  expect(nextAttemptAt({ attempt: 1, now: NOON, random: () => 0.999_999 })).toBe(NOON + 6000)
})

it('is never before the vendor’s `Retry-After`, is spread, and is at most a day later', () => {
  expect(nextAttemptAt({ attempt: 1, now: NOON, retryAfterMs: 77_000, random: () => 0 })).toBe(NOON + 77_000)
  expect(nextAttemptAt({ attempt: 1, now: NOON, retryAfterMs: 24 * HOUR, random: middle })).toBe(NOON + 24 * HOUR)
  expect(nextAttemptAt({ attempt: 1, now: NOON, retryAfterMs: 77_000, random: middle })).toBe(NOON + 77_000 * 1.05)
  expect(nextAttemptAt({ attempt: 9, now: NOON, retryAfterMs: 13 * HOUR, random: () => 0 })).toBe(NOON + 13 * HOUR)
  expect(nextAttemptAt({ attempt: 10, now: NOON, retryAfterMs: 1000, random: middle })).toBeNull()
})

it('does not use up its attempts on a vendor that always says "in a second"', () => {
  expect(nextAttemptAt({ attempt: 1, now: NOON, retryAfterMs: 1000, random: middle })).toBe(NOON + 1050)
  for (const [i, wait] of RETRY_TABLE.entries())
    if (i > 0) expect(nextAttemptAt({ attempt: i + 1, now: NOON, retryAfterMs: 1000, random: middle })).toBe(NOON + wait)
})

it('follows the retry table of a provider', () => {
  const table = [5 * MINUTE, HOUR]
  expect(nextAttemptAt({ attempt: 1, now: NOON, table, random: middle })).toBe(NOON + 5 * MINUTE)
  expect(nextAttemptAt({ attempt: 3, now: NOON, table, random: middle })).toBeNull()
})
