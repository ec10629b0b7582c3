import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { aJob } from '../delivery/testing/job.ts'
import { NOON } from '../domain/testing/samples.ts'
import { aPump, handOver, reservation } from './testing/handing.ts'
import { gate, settle } from './testing/turns.ts'
import { clock, outcome, pass } from './testing/world.ts'

beforeEach(() => void vi.useFakeTimers({ now: NOON, toFake: ['setTimeout', 'clearTimeout', 'Date', 'performance'] }))
afterEach(() => void vi.useRealTimers())

/** The first of `count` deliveries of one event each was sent; the others have waited for longer than a second, and their reading waits for `reading`. */
async function beingReadAgain(count: number) {
  const vendor = gate()
  const reading = gate()
  const world = await aPump(
    async (job) => {
      if (job.id === 'a0') await vendor.opened
      return outcome(job)
    },
    {
      load: async (claimed) => {
        await reading.opened
        return claimed.map((one) => aJob({ ...one, readAt: clock() }))
      },
    },
  )
  world.lanes[0]!.concurrency = 1
  world.pump.wake(new Set(['con_mail']))
  await pass(50)
  world.plan('a', count)
  const claimed = [...world.rows.values()].map((row, n) => {
    row.claimed = { ...row.claimed, eventId: `evt_${n}` }
    expect(world.pump.reserve(reservation(row.claimed))).toBe(true)
    row.state = 'sending'
    row.claimed = { ...row.claimed, attempts: 1 }
    return row.claimed
  })
  world.pump.hand(claimed.map((one) => aJob({ ...one, readAt: clock() })))
  await pass(1100)
  vendor.open()
  await pass(50)
  return { world, reading }
}

describe('a delivery that waits in memory', () => {
  it('is read again before it starts, when it has waited for more than a second', async () => {
    const vendor = gate()
    const read: string[][] = []
    const world = await aPump(
      async (job) => {
        if (job.id === 'a0') await vendor.opened
        return outcome(job)
      },
      {
        load: async (claimed) => {
          read.push(claimed.map(({ id }) => id))
          return claimed.map((one) => aJob({ ...one, readAt: clock(), person: { id: 'read again' } }))
        },
      },
    )
    world.lanes[0]!.concurrency = 1
    world.pump.wake(new Set(['con_mail']))
    await pass(50)
    world.plan('a', 4)
    const claimed = [...world.rows.values()].map((row) => {
      expect(world.pump.reserve(reservation(row.claimed))).toBe(true)
      row.state = 'sending'
      row.claimed = { ...row.claimed, attempts: 1 }
      return row.claimed
    })
    world.pump.hand(claimed.map((one) => aJob({ ...one, readAt: clock(), unreadable: true })))
    await pass(1100)
    vendor.open()
    await pass(100)
    expect(world.states()).toEqual({ sent: 4 })
    expect(read).toEqual([['a1', 'a2', 'a3']])
    expect(world.sent).toEqual(['a0', 'a1', 'a2', 'a3'])
  })

  it('goes back when its event is cancelled; what is in flight ends', async () => {
    const vendor = gate()
    const world = await aPump(async (job) => {
      await vendor.opened
      return outcome(job)
    })
    world.lanes[0]!.concurrency = 2
    world.pump.wake(new Set(['con_mail']))
    await pass(50)
    handOver(world, 'a', 4)
    handOver(world, 'b', 2, { eventId: 'evt_other' })
    await pass(20)
    const given = world.pump.giveBack('evt_1')
    await pass(20)
    await given
    expect(['a0', 'a1', 'a2', 'a3', 'b0', 'b1'].map((id) => world.rows.get(id)!.state)).toEqual([
      'sending',
      'sending',
      'queued',
      'queued',
      'sending',
      'sending',
    ])
    vendor.open()
    await settle(20)
  })

  it('goes back when its event is cancelled while it is read again, and a stop waits for the reading', async () => {
    const { world, reading } = await beingReadAgain(3)
    void world.pump.giveBack('evt_1')
    let stopped = false
    void world.pump.stop(60_000).then(() => {
      stopped = true
    })
    await pass(100)
    expect(stopped).toBe(false)
    reading.open()
    await pass(100)
    expect(stopped).toBe(true)
    expect(world.states()).toEqual({ sent: 1, queued: 2 })
    expect(world.sent).toEqual(['a0'])
  })

  it('goes back when its lane closes while it is read again', async () => {
    const { world, reading } = await beingReadAgain(2)
    world.lanes.splice(0)
    world.pump.wake()
    reading.open()
    await pass(50)
    expect(world.states()).toEqual({ sent: 1, queued: 1 })
  })

  it('goes back from before its destination too', async () => {
    const world = await aPump(() => new Promise(() => {}))
    handOver(world, 'a', 6, { destinationId: 'dst_one' })
    await pass(20)
    const given = world.pump.giveBack('evt_1')
    await pass(20)
    await given
    expect(world.states()).toEqual({ sending: 4, queued: 2 })
  })
})
