import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { aJob } from '../delivery/testing/job.ts'
import { NOON } from '../domain/testing/samples.ts'
import { aPump, handOver, reservation } from './testing/handing.ts'
import { gate } from './testing/turns.ts'
import { createWorld, outcome, pass } from './testing/world.ts'

beforeEach(() => void vi.useFakeTimers({ now: NOON, toFake: ['setTimeout', 'clearTimeout', 'Date', 'performance'] }))
afterEach(() => void vi.useRealTimers())

describe('a delivery that skips the queue', () => {
  it('is sent without a claim', async () => {
    const world = await aPump()
    const claims = world.claimed.length
    expect(handOver(world, 'a', 3)).toEqual(['a0', 'a1', 'a2'])
    await pass(50)
    expect(world.states()).toEqual({ sent: 3 })
    expect(world.claimed).toHaveLength(claims)
  })

  it('has its lease kept from the moment it is reserved', async () => {
    const world = await aPump()
    world.plan('a', 1)
    world.pump.reserve(reservation(world.rows.get('a0')!.claimed))
    expect(world.pump.inHand()).toEqual(['a0'])
    world.pump.unreserve([world.rows.get('a0')!.claimed])
    expect(world.pump.inHand()).toEqual([])
  })

  it('is refused before the pump has seen the queue empty', () => {
    const world = createWorld()
    world.pump.wake(new Set(['con_mail']))
    expect(handOver(world, 'a', 1)).toEqual([])
  })

  it('is refused while older ones wait in the queue', async () => {
    const vendor = gate()
    const world = await aPump(async (job) => {
      await vendor.opened
      return outcome(job)
    })
    world.plan('old', 400)
    world.pump.wake(new Set(['con_mail']))
    await pass(50)
    expect(handOver(world, 'a', 1)).toEqual([])
    vendor.open()
    await pass(5200)
    expect(world.states()).toEqual({ sent: 401 })
  })

  it('is refused while a claim is under way: what it finds is older', async () => {
    const claiming = gate()
    const world = createWorld(undefined, {
      claim: async () => {
        await claiming.opened
        return []
      },
    })
    world.pump.wake(new Set(['con_mail']))
    await pass(50)
    expect(handOver(world, 'a', 1)).toEqual([])
    claiming.open()
    await pass(50)
    expect(handOver(world, 'b', 1)).toEqual(['b0'])
  })

  it('is refused after a claim that failed, until one has seen the queue empty', async () => {
    let fails = true
    const world = await aPump(undefined, {
      async claim() {
        if (fails) throw new Error('no answer')
        return []
      },
    })
    world.pump.wake(new Set(['con_mail']))
    await pass(50)
    expect([handOver(world, 'a', 1), world.errors.length > 0]).toEqual([[], true])
    fails = false
    world.pump.wake(new Set(['con_mail']))
    await pass(50)
    expect(handOver(world, 'b', 1)).toEqual(['b0'])
  })

  it('is refused above 300 in hand, so that those of a dead process are soon through', async () => {
    const world = await aPump(() => new Promise(() => {}))
    expect(handOver(world, 'a', 400)).toHaveLength(300)
  })

  it('is refused on a connection with a rate, on one that opens slowly, and for a destination that is closed', async () => {
    const world = await aPump(undefined, { closedUntil: (destination) => (destination === 'dst_closed' ? NOON + 60_000 : null) })
    expect(handOver(world, 'c', 1, { destinationId: 'dst_closed' })).toEqual([])
    world.lanes[0]!.rate = { count: 5, perMs: 1000 }
    world.pump.wake()
    expect(handOver(world, 'r', 1)).toEqual([])
    world.lanes[0] = { id: 'con_new', queues: ['con_mail', 'con_new'], concurrency: 64, ailing: true }
    world.pump.wake(new Set(['con_new']))
    await pass(50)
    expect(handOver(world, 'n', 1, { connectionId: 'con_new' })).toEqual([])
    expect(handOver(world, 'm', 1)).toEqual([]) // its lane is gone
  })

  it('goes back to the queue unharmed when its lane closed meanwhile', async () => {
    const world = await aPump()
    world.plan('a', 1)
    const row = world.rows.get('a0')!
    expect(world.pump.reserve(reservation(row.claimed))).toBe(true)
    world.lanes.splice(0)
    world.pump.wake()
    row.state = 'sending'
    row.claimed = { ...row.claimed, attempts: 1 }
    world.pump.hand([aJob(row.claimed)])
    await pass(50)
    expect(world.rows.get('a0')).toMatchObject({ state: 'queued', claimed: { attempts: 0 } })
    expect(world.sent).toEqual([])
  })

  it('goes back when the pump stops before it is handed over, and the stop waits for that', async () => {
    const world = await aPump()
    world.plan('a', 1)
    const row = world.rows.get('a0')!
    world.pump.reserve(reservation(row.claimed))
    let stopped = false
    void world.pump.stop(5000).then(() => {
      stopped = true
    })
    await pass(100)
    expect(stopped).toBe(false)
    row.state = 'sending'
    row.claimed = { ...row.claimed, attempts: 1 }
    world.pump.hand([aJob(row.claimed)])
    await pass(100)
    expect(stopped).toBe(true)
    expect(world.states()).toEqual({ queued: 1 })
  })

  it('goes back to the queue for some seconds when it cannot be made into a job, unharmed, and leaves its place', async () => {
    const world = await aPump()
    world.plan('a', 1)
    const row = world.rows.get('a0')!
    expect(world.pump.reserve(reservation(row.claimed))).toBe(true)
    row.state = 'sending'
    row.claimed = { ...row.claimed, attempts: 1 }
    world.pump.handBack([row.claimed])
    await pass(50)
    expect(world.rows.get('a0')).toMatchObject({ state: 'queued', dueAt: NOON + 50 + 5000, claimed: { attempts: 0 } })
    expect(handOver(world, 'b', 300)).toHaveLength(300)
  })

  it('leaves the place of a closed lane alone when its connection has another lane', async () => {
    const world = await aPump(() => new Promise(() => {}))
    world.plan('old', 200)
    const old = [...world.rows.values()].map((row) => {
      expect(world.pump.reserve(reservation(row.claimed))).toBe(true)
      row.state = 'sending'
      return row.claimed
    })
    const [plan] = world.lanes.splice(0)
    world.pump.wake()
    // With a concurrency of 1 a slow start is none.
    world.lanes.push({ ...plan!, concurrency: 1 })
    world.pump.wake(new Set(['con_mail']))
    await pass(50)
    const now = handOver(world, 'new', 300)
    world.pump.unreserve(old)
    expect([...now, ...handOver(world, 'more', 300)]).toHaveLength(300)
  })

  it('makes room again when its transaction was rolled back', async () => {
    const world = await aPump()
    world.plan('a', 300)
    const claimed = [...world.rows.values()].map((row) => row.claimed)
    expect(claimed.every((one) => world.pump.reserve(reservation(one)))).toBe(true)
    world.plan('b', 1)
    expect(world.pump.reserve(reservation(world.rows.get('b0')!.claimed))).toBe(false)
    world.pump.unreserve(claimed)
    expect(world.pump.reserve(reservation(world.rows.get('b0')!.claimed))).toBe(true)
  })

  it('is refused above 1,000 that all lanes together have in hand', async () => {
    const world = await aPump(() => new Promise(() => {}))
    const names = ['con_b', 'con_c', 'con_d', 'con_e']
    for (const id of names) world.lanes.push({ id, queues: [id], concurrency: 8 })
    world.pump.wake(new Set(names))
    await pass(50)
    const taken = ['con_mail', ...names].map((connectionId) => handOver(world, `${connectionId}-`, 400, { connectionId }).length)
    expect(taken).toEqual([300, 300, 300, 100, 0])
  })

  it('leaves few to a claim once the process has 1,000 in hand', async () => {
    const limits: number[] = []
    const world = await aPump(() => new Promise(() => {}), {
      async claim(_queues, limit) {
        limits.push(limit)
        return []
      },
    })
    const names = ['con_b', 'con_c', 'con_d', 'con_e']
    for (const id of names) world.lanes.push({ id, queues: [id], concurrency: 8 })
    world.pump.wake(new Set(names))
    await pass(50)
    for (const connectionId of names) handOver(world, `${connectionId}-`, 250, { connectionId })
    limits.length = 0
    world.pump.wake(new Set(['con_mail']))
    await pass(50)
    expect(limits).toEqual([64 + 20])
  })
})
