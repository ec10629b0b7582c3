import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { Claimed, Job } from '../delivery/job.ts'
import { aClaimed, aJob } from '../delivery/testing/job.ts'
import { NOON } from '../domain/testing/samples.ts'
import type { PumpParts } from './pump-parts.ts'
import { reservation } from './testing/handing.ts'
import { gate } from './testing/turns.ts'
import { createWorld, outcome, pass } from './testing/world.ts'

beforeEach(() => void vi.useFakeTimers({ now: NOON, toFake: ['setTimeout', 'clearTimeout', 'Date', 'performance'] }))
afterEach(() => void vi.useRealTimers())

type World = ReturnType<typeof createWorld>

/** What a claim finds: leased rows of the world. */
function leased(world: World, prefix: string, given: Partial<Claimed> = {}): Claimed {
  world.plan(prefix, 1, given)
  const row = world.rows.get(`${prefix}0`)!
  row.state = 'sending'
  row.claimed = { ...row.claimed, attempts: 1 }
  return row.claimed
}

/** A claim that is answered once, when a test opens it; all others find nothing. */
function once(): { claimSuspect: PumpParts['claimSuspect']; open(found: Claimed): void } {
  const found = gate<Claimed | null>()
  let asked = false
  return {
    claimSuspect() {
      if (asked) return Promise.resolve(null)
      asked = true
      return found.opened
    },
    open: found.open,
  }
}

/** A pump on an empty queue that has looked once. */
async function aPump(answers?: Parameters<typeof createWorld>[0], more?: Partial<PumpParts>): Promise<World> {
  const world = createWorld(answers, more)
  world.pump.wake(new Set(['con_mail']))
  await pass(50)
  return world
}

describe('an event that is called off while its delivery is on the way into memory', () => {
  it('is not sent when the answer of the claim comes later', async () => {
    const [asked, answered] = [gate(), gate<Claimed[]>()]
    const world = createWorld(undefined, {
      claim: () => {
        asked.open()
        return answered.opened
      },
    })
    world.pump.wake(new Set(['con_mail']))
    await asked.opened
    await world.pump.giveBack('evt_1')
    answered.open([leased(world, 'a'), leased(world, 'b', { eventId: 'evt_other' })])
    await pass(50)
    expect(world.sent).toEqual(['b0'])
    expect(world.states()).toEqual({ queued: 1, sent: 1 })
  })

  it('is not sent when it is a suspect', async () => {
    const [suspect, loading] = [once(), gate()]
    const world = createWorld(undefined, {
      claimSuspect: suspect.claimSuspect,
      load: async (claimed) => {
        await loading.opened
        return claimed.map((one) => aJob(one))
      },
    })
    world.pump.wake()
    await pass(20)
    suspect.open(leased(world, 'a', { crashes: 1 }))
    await pass(20)
    await world.pump.giveBack('evt_1')
    loading.open()
    await pass(50)
    expect(world.sent).toEqual([])
    expect(world.states()).toEqual({ queued: 1 })
  })

  it('is not sent when it is reserved and handed over later', async () => {
    const world = await aPump(undefined, { claim: async () => [] })
    const [a, b] = [leased(world, 'a'), leased(world, 'b', { eventId: 'evt_other' })]
    expect([a, b].map((one) => world.pump.reserve(reservation(one)))).toEqual([true, true])
    await world.pump.giveBack('evt_1')
    world.pump.hand([aJob(a), aJob(b)])
    await pass(50)
    expect(world.sent).toEqual(['b0'])
    expect(world.states()).toEqual({ queued: 1, sent: 1 })
  })

  it('is sent when it is asked for again, although others are still on their way', async () => {
    const world = await aPump()
    world.pump.reserve(reservation(aClaimed({ id: 'never handed over' })))
    await world.pump.giveBack('evt_1')
    world.plan('a', 1)
    world.pump.wake()
    await pass(50)
    expect(world.states()).toEqual({ sent: 1 })
  })
})

describe('what is read for an attempt', () => {
  it('is left out when it was called off: it goes back and is not sent, suspects included', async () => {
    const calledOff = new Set(['a1', 's0'])
    const world = createWorld(undefined, { load: async (claimed) => claimed.filter(({ id }) => !calledOff.has(id)).map((one) => aJob(one)) })
    world.plan('a', 3)
    world.plan('s', 1, { crashes: 1 })
    world.pump.wake()
    await pass(100)
    expect(world.sent).toEqual(['a0', 'a2'])
    expect(world.pump.inHand()).toEqual([])
    expect(world.states()).toEqual({ sent: 2, queued: 2 })
  })
})

describe('after notices may have been lost', () => {
  const job = (one: Claimed): Job => aJob(one)

  it('whatever waits in memory is read again before it starts, at its destination too', async () => {
    const vendor = gate()
    const reads: string[][] = []
    const world = await aPump(
      async (one) => {
        await vendor.opened
        return outcome(one)
      },
      {
        load: async (claimed) => {
          reads.push(claimed.map(({ id }) => id))
          return claimed.filter(({ id }) => !['b0', 'd5'].includes(id)).map(job)
        },
      },
    )
    world.lanes[0]!.concurrency = 5
    world.pump.wake(new Set(['con_mail']))
    await pass(50)
    const parked = [0, 1, 2, 3, 4, 5].map((n) => ({ ...leased(world, `d${n}-`), id: `d${n}`, destinationId: 'dst_one' }))
    for (const one of parked) world.rows.set(one.id, { claimed: one, state: 'sending', dueAt: NOON })
    for (const { id } of parked) world.rows.delete(`${id}-0`)
    const waiting = ['a', 'b', 'c'].map((prefix) => leased(world, prefix))
    for (const one of [...parked, ...waiting]) expect(world.pump.reserve(reservation(one))).toBe(true)
    world.pump.hand([...parked, ...waiting].map(job))
    await pass(50)
    expect(world.sent).toEqual(['d0', 'd1', 'd2', 'd3', 'a0'])
    world.pump.lookAgain()
    vendor.open()
    await pass(200)
    expect(world.sent.toSorted()).toEqual(['a0', 'c0', 'd0', 'd1', 'd2', 'd3', 'd4'])
    expect(reads.flat().toSorted()).toEqual(['b0', 'c0', 'd4', 'd5'])
    expect(world.states()).toEqual({ sent: 7, queued: 2 })
  })

  it('what was on its way into memory is read again too, reserved or suspect', async () => {
    const suspect = once()
    const reads: string[] = []
    const world = await aPump(undefined, {
      claimSuspect: suspect.claimSuspect,
      load: async (claimed) => {
        reads.push(...claimed.map(({ id }) => id))
        return claimed.map(job)
      },
    })
    const reserved = leased(world, 'r')
    expect(world.pump.reserve(reservation(reserved))).toBe(true)
    world.pump.wake()
    await pass(20)
    world.pump.lookAgain()
    world.pump.hand([job(reserved)])
    suspect.open(leased(world, 's', { crashes: 1 }))
    await pass(50)
    expect(world.sent).toEqual(['r0'])
    expect(reads.toSorted()).toEqual(['r0', 's0'])
    expect(world.states()).toEqual({ sent: 1, queued: 1 })
  })

  it('a claim whose answer comes later is read twice', async () => {
    const answered = gate<Claimed[]>()
    const reads: string[] = []
    const world = createWorld(undefined, {
      claim: () => answered.opened,
      load: async (claimed) => {
        reads.push(...claimed.map(({ id }) => id))
        return claimed.map(job)
      },
    })
    world.pump.wake(new Set(['con_mail']))
    await pass(20)
    world.pump.lookAgain()
    answered.open([leased(world, 'a')])
    await pass(50)
    expect(reads).toEqual(['a0', 'a0'])
    expect(world.sent).toEqual(['a0'])
  })
})
