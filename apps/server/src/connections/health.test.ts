import { describe, expect, it } from 'vitest'
import type { TargetHealth } from '../domain/connection.ts'
import { NOON } from '../domain/testing/samples.ts'
import { HOUR, MINUTE } from '../domain/time.ts'
import { closedUntil, failed, healthy, isBlocked, isHealthy, paused, stateOf, succeeded } from './health.ts'

const LONG_AGO = NOON - HOUR

/** The state of a target: its level, and for how many minutes it is blocked. */
const seen = ({ level, blockedUntil }: TargetHealth, now: number) => [level, blockedUntil === null || blockedUntil <= now ? 0 : (blockedUntil - now) / MINUTE]

/** Goes through `minute, what happened -> level, minutes blocked` on a virtual clock. */
function story(startedAt: number, table: [minute: number, what: 'fails' | 'works', level: number, blockedMinutes: number][]): TargetHealth {
  let health = healthy('con_mail')
  for (const [minute, what, level, blocked] of table) {
    const now = NOON + minute * MINUTE
    health = what === 'fails' ? failed(health, `failure at minute ${minute}`, now, startedAt) : succeeded(health, now)
    expect({ minute, what, seen: seen(health, now) }).toEqual({ minute, what, seen: [level, blocked] })
  }
  return health
}

describe('a target that keeps failing', () => {
  it('rises from level 0 to 5 and stays there', () => {
    const health = story(LONG_AGO, [
      [0, 'fails', 0, 0],
      [1, 'fails', 0, 0],
      [4.99, 'fails', 0, 0],
      [5, 'fails', 1, 5],
      [10, 'fails', 2, 15],
      [25, 'fails', 3, 30],
      [55, 'fails', 4, 60],
      [115, 'fails', 5, 180],
      [295, 'fails', 5, 180],
    ])
    expect(health).toEqual({
      target: 'con_mail',
      initialFailureAt: NOON,
      mostRecentFailureAt: NOON + 295 * MINUTE,
      level: 5,
      blockedUntil: NOON + 475 * MINUTE,
      pausedUntil: null,
      lastTrouble: null,
      failures: 9,
      lastError: 'failure at minute 295',
    })
  })

  it('is unblocked by a success and goes down one level at a time', () => {
    const health = story(LONG_AGO, [
      [0, 'fails', 0, 0],
      [6, 'fails', 1, 5],
      [11, 'fails', 2, 15],
      [26, 'fails', 3, 30],
      [56, 'works', 2, 0],
      [57, 'fails', 3, 30],
      [87, 'works', 2, 0],
      [88, 'works', 1, 0],
    ])
    expect(health).toMatchObject({ initialFailureAt: NOON, failures: 0, lastError: 'failure at minute 57' })
    expect(isHealthy(health)).toBe(false)
    expect(succeeded(health, NOON)).toEqual(healthy('con_mail'))
  })

  it('has its failures reset at level 0: the next failure is a first one again', () => {
    const health = story(LONG_AGO, [
      [0, 'fails', 0, 0],
      [2, 'works', 0, 0],
    ])
    expect(health).toEqual(healthy('con_mail'))
    story(LONG_AGO, [
      [0, 'fails', 0, 0],
      [2, 'works', 0, 0],
      [9, 'fails', 0, 0],
      [14, 'fails', 1, 5],
    ])
  })
})

describe('failures of concurrent tries', () => {
  const at = (minutes: number) => NOON + minutes * MINUTE
  it('raise the level once', () => {
    let health = failed(healthy('con_mail'), 'first', NOON, LONG_AGO)
    for (let i = 0; i < 20; i++) health = failed(health, `of twenty: ${i}`, at(6), LONG_AGO, at(5.9))
    expect([health.failures, ...seen(health, at(6))]).toEqual([21, 1, 5])
    health = failed(health, 'a straggler', at(9), LONG_AGO, at(5.9))
    expect(seen(health, at(9))).toEqual([1, 2])
    health = failed(health, 'the probe', at(11), LONG_AGO, at(11))
    expect(seen(health, at(11))).toEqual([2, 15])
  })
})

describe('in the first 15 minutes after the start', () => {
  it('no level rises and no block is longer than 5 minutes', () => {
    story(NOON, [
      [0, 'fails', 0, 0],
      [4, 'fails', 0, 0],
      [5, 'fails', 0, 5],
      [10, 'fails', 0, 5],
      [15, 'fails', 1, 5],
      [20, 'fails', 2, 15],
    ])
  })
})

/** A target on a level, whose failure is older than the grace period and whose block is over. */
const onLevel = (level: number): TargetHealth => ({
  ...healthy('con_mail'),
  initialFailureAt: LONG_AGO,
  mostRecentFailureAt: LONG_AGO,
  level,
  blockedUntil: level === 0 ? null : NOON,
  failures: level + 2,
  lastError: 'down',
})

describe.each([
  { level: 0, next: [1, 5], starting: [0, 5], better: 0 },
  { level: 1, next: [2, 15], starting: [1, 5], better: 0 },
  { level: 2, next: [3, 30], starting: [2, 5], better: 1 },
  { level: 3, next: [4, 60], starting: [3, 5], better: 2 },
  { level: 4, next: [5, 180], starting: [4, 5], better: 3 },
  { level: 5, next: [5, 180], starting: [5, 5], better: 4 },
])('on level $level', ({ level, next, starting, better }) => {
  it('a failure raises it and blocks by the table, until that very millisecond', () => {
    const worse = failed(onLevel(level), 'down', NOON, LONG_AGO)
    expect(seen(worse, NOON)).toEqual(next)
    const end = NOON + next[1]! * MINUTE
    expect([stateOf(worse, NOON), stateOf(worse, end - 1), stateOf(worse, end)]).toEqual(['blocked', 'blocked', 'failing'])
    expect(worse).toMatchObject({ initialFailureAt: LONG_AGO, mostRecentFailureAt: NOON, failures: level + 3 })
  })

  it('a failure in the first 15 minutes after the start keeps it, and its block is short', () => {
    expect(seen(failed(onLevel(level), 'down', NOON, NOON - 15 * MINUTE + 1), NOON)).toEqual(starting)
    expect(seen(failed(onLevel(level), 'down', NOON, NOON - 15 * MINUTE), NOON), 'the 15 minutes are over').toEqual(next)
  })

  it('a success opens it and lowers the level by one', () => {
    const well = succeeded({ ...onLevel(level), blockedUntil: NOON + HOUR }, NOON)
    expect([stateOf(well, NOON), well.level, well.failures]).toEqual(['healthy', better, 0])
    expect(well.initialFailureAt, 'what is left of it').toBe(better === 0 ? null : LONG_AGO)
  })
})

it('a block ends at its very millisecond', () => {
  const health = { ...healthy('con_mail'), blockedUntil: NOON }
  expect(isBlocked(health, NOON - 1)).toBe(true)
  expect(isBlocked(health, NOON)).toBe(false)
  expect(isBlocked(undefined, NOON)).toBe(false)
})

describe('a target with a rate limit', () => {
  const waiting = paused(healthy('con_mail'), 'api.example.com answered 429', NOON + MINUTE)

  it('is paused until then, and not unhealthy', () => {
    expect(closedUntil(waiting, NOON)).toBe(NOON + MINUTE)
    expect(closedUntil(waiting, NOON + MINUTE)).toBeNull()
    expect([stateOf(waiting, NOON), stateOf(waiting, NOON + MINUTE)]).toEqual(['paused', 'healthy'])
    expect(isBlocked(waiting, NOON)).toBe(false)
    expect(waiting).toMatchObject({ level: 0, failures: 0, initialFailureAt: null })
  })

  it('stays paused after a success that was in flight before, and is reset by the first success after the pause', () => {
    expect(closedUntil(succeeded(waiting, NOON + 1), NOON + 1)).toBe(NOON + MINUTE)
    expect(isHealthy(succeeded(waiting, NOON + 1))).toBe(false)
    expect(succeeded(waiting, NOON + MINUTE)).toEqual(healthy('con_mail'))
  })

  it('keeps the longer of two pauses, and the longer of pause and block', () => {
    expect(paused(waiting, 'again', NOON + 1).pausedUntil).toBe(NOON + MINUTE)
    const blocked = failed(failed(waiting, 'down', NOON - 10 * MINUTE, LONG_AGO), 'down', NOON, LONG_AGO)
    expect(closedUntil(blocked, NOON)).toBe(NOON + 5 * MINUTE)
    expect(closedUntil(paused(blocked, '429', NOON + HOUR), NOON)).toBe(NOON + HOUR)
  })
})

it('remembers the kind of the last failure only', () => {
  const cut = failed(healthy('dst_1'), 'refused', NOON, LONG_AGO, NOON, 'unreachable')
  expect(cut.lastTrouble).toBe('unreachable')
  expect(failed(cut, 'answered 503', NOON, LONG_AGO).lastTrouble).toBe(null)
  expect(paused(cut, 'answered 429', NOON + MINUTE).lastTrouble).toBe('busy')
  expect(succeeded(cut, NOON).lastTrouble).toBe(null)
})
