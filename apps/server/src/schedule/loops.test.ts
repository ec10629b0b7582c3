import { beforeEach, describe, expect, it } from 'vitest'
import { MINUTE, type Millis, SECOND } from '../domain/time.ts'
import { createLoop } from '../flow/loop.ts'
import { gate, settle, until } from '../flow/testing/turns.ts'
import { createLoops } from './loops.ts'
import type { Leases } from './single-flight.ts'
import { createHandTimers, type HandTimers } from './testing/hand-timers.ts'

const LEASE = 30 * SECOND

let timers: HandTimers
let failures: string[]
beforeEach(() => {
  timers = createHandTimers()
  failures = []
})

/** Leases for one node, and a record of the calls. */
function createLeases() {
  const row = { nextAt: timers.clock(), until: 0 }
  const asked: string[] = []
  const leases: Leases = {
    async claim() {
      asked.push('claim')
      if (row.nextAt > timers.clock()) return { held: false, lookAt: row.nextAt }
      row.until = timers.clock() + LEASE
      return { held: true, until: row.until }
    },
    async keep() {
      asked.push('keep')
      row.until = timers.clock() + LEASE
      return row.until
    },
    async finish(_, nextAt) {
      asked.push('finish')
      row.nextAt = nextAt
    },
  }
  return { leases, row, asked }
}

const failed = (what: string, error: unknown) => void failures.push(`${what}: ${error instanceof Error ? error.message : String(error)}`)

describe('a loop that is once per node', () => {
  it('runs at the start, then at its times, and when another part wakes it', async () => {
    let runs = 0
    const loop = createLoop(
      async () => {
        runs++
        return false
      },
      (error) => failed('look', error),
    )
    const loops = createLoops([{ name: 'look', every: 15 * SECOND, once: 'per node', loop }], {
      ...createLeases(),
      leaseMs: LEASE,
      clock: timers.clock,
      timers,
      failed,
    })
    loops.start()
    await until(() => runs === 1)
    timers.advance(15 * SECOND - 1)
    await settle()
    expect(runs).toBe(1)
    timers.advance(1)
    await until(() => runs === 2)
    loop.wake()
    await until(() => runs === 3)
    await loops.stop()
    expect(timers.pending()).toBe(0)
    loop.wake()
    await settle()
    expect(runs).toBe(3)
  })
})

describe('a loop that is once per database', () => {
  function tidy(step: () => Promise<boolean>, given = createLeases()) {
    const loops = createLoops([{ name: 'tidy', every: MINUTE, once: 'per database', step }], { ...given, leaseMs: LEASE, clock: timers.clock, timers, failed })
    return { ...given, loops }
  }
  /** It has looked, and waits for its next time. */
  const waits = () => until(() => timers.waiting() === 1)

  it('runs all its steps, and again when it is due', async () => {
    let left = 3
    const { loops, asked, row } = tidy(async () => --left > 0)
    loops.start()
    await waits()
    expect([left, asked, row.nextAt]).toEqual([0, ['claim', 'finish'], timers.clock() + MINUTE])
    left = 1
    timers.advance(MINUTE - 1)
    expect(left).toBe(1)
    timers.advance(1)
    await until(() => left === 0)
    await loops.stop()
  })

  it('leaves the event loop free between two steps', async () => {
    let turned = false
    let steps = 0
    const { loops } = tidy(async () => {
      if (steps === 0) setImmediate(() => (turned = true))
      return ++steps < 100 && !turned
    })
    loops.start()
    await waits()
    expect(turned && steps < 100).toBe(true)
    await loops.stop()
  })

  it('looks again when it is due, although another node did the last run', async () => {
    let runs = 0
    const given = createLeases()
    given.row.nextAt = timers.clock() + 7 * SECOND
    const { loops } = tidy(async () => ++runs < 0, given)
    loops.start()
    await waits()
    timers.advance(7 * SECOND - 1)
    await settle()
    expect([runs, given.asked]).toEqual([0, ['claim']])
    timers.advance(1)
    await until(() => runs === 1)
    await loops.stop()
  })

  it('looks again within its period, however far away the next time seems', async () => {
    const given = createLeases()
    given.row.nextAt = timers.clock() + 1000 * MINUTE
    const { loops, asked } = tidy(async () => false, given)
    loops.start()
    await waits()
    timers.advance(MINUTE)
    await until(() => asked.length === 2)
    await loops.stop()
  })

  it('keeps its lease for as long as a step takes', async () => {
    const work = gate<boolean>()
    const { loops, asked } = tidy(() => work.opened)
    loops.start()
    await until(() => timers.pending() === 1)
    for (const _ of [1, 2, 3]) {
      timers.advance(LEASE)
      await settle()
    }
    expect(asked.filter((one) => one === 'keep').length).toBe(9)
    work.open(false)
    await until(() => asked.includes('finish'))
    await loops.stop()
    expect(timers.pending()).toBe(0)
  })

  it.each([
    ['was lost', async () => null, LEASE / 3],
    ['ran out, because it could not be kept', async () => Promise.reject(new Error('no database')), LEASE],
  ])('does no further step once its lease %s', async (_, keep, passed) => {
    const work = gate<boolean>()
    let steps = 0
    const given = createLeases()
    given.leases.keep = keep
    const { loops, asked } = tidy(() => {
      steps++
      return work.opened
    }, given)
    loops.start()
    await until(() => steps === 1)
    timers.advance(passed)
    await settle()
    // Another node holds it now, and `finish` changes nothing.
    given.row.nextAt = timers.clock() + MINUTE
    given.leases.finish = async () => void asked.push('finish')
    work.open(true)
    await waits()
    expect([steps, asked.filter((one) => one === 'finish').length]).toEqual([1, 1])
    await loops.stop()
  })

  it('reports a run that fails, and runs again after its period', async () => {
    let runs = 0
    const { loops, row } = tidy(async () => {
      if (++runs === 1) throw new Error('locked')
      return false
    })
    loops.start()
    await waits()
    expect([failures, row.nextAt]).toEqual([['tidy: locked'], timers.clock() + MINUTE])
    timers.advance(MINUTE)
    await until(() => runs === 2)
    await loops.stop()
  })

  it('tries again after its period when the database was not available', async () => {
    let runs = 0
    const given = createLeases()
    const claim = given.leases.claim
    given.leases.claim = async () => Promise.reject(new Error('no database'))
    const { loops } = tidy(async () => ++runs < 0, given)
    loops.start()
    await waits()
    expect(failures).toEqual(['tidy: no database'])
    given.leases.claim = claim
    timers.advance(MINUTE)
    await until(() => runs === 1)
    await loops.stop()
  })

  it('leaves the unfinished part of a run to another node when this one stops', async () => {
    const work = gate<boolean>()
    let steps = 0
    const { loops, row } = tidy(() => {
      steps++
      return work.opened
    })
    loops.start()
    await until(() => steps === 1)
    const stopped = loops.stop()
    work.open(true)
    await stopped
    expect([steps, row.nextAt, timers.pending()]).toEqual([1, timers.clock() as Millis, 0])
  })
})
