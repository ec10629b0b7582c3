import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { aJob } from '../delivery/testing/job.ts'
import { anEvent, NOON } from '../domain/testing/samples.ts'
import type { PumpParts } from './pump-parts.ts'
import { aPump, handOver, reservation, type World } from './testing/handing.ts'
import { gate } from './testing/turns.ts'
import { outcome, pass } from './testing/world.ts'

beforeEach(() => void vi.useFakeTimers({ now: NOON, toFake: ['setTimeout', 'clearTimeout', 'Date', 'performance'] }))
afterEach(() => void vi.useRealTimers())

describe('an urgent delivery', () => {
  /** Hands over one that is urgent; returns whether the pump took it. */
  function handUrgent(world: World, id: string): boolean {
    world.plan(id, 1)
    world.urgent.add(`${id}0`)
    const row = world.rows.get(`${id}0`)!
    if (!world.pump.reserve(reservation(row.claimed, true))) return false
    row.state = 'sending'
    row.claimed = { ...row.claimed, attempts: 1 }
    world.pump.hand([aJob({ ...row.claimed, event: anEvent({ priority: 'urgent' }) })])
    return true
  }

  /** A lane of one at a time whose vendor answers when told to; `first0` is in flight. */
  async function aSlowPump(more?: Partial<PumpParts>): Promise<{ world: World; answer(): Promise<void> }> {
    let vendor = gate()
    const world = await aPump(async (job) => {
      await vendor.opened
      return outcome(job)
    }, more)
    world.lanes[0]!.concurrency = 1
    world.pump.wake(new Set(['con_mail']))
    await pass(50)
    handOver(world, 'first', 1)
    return {
      world,
      async answer() {
        const answered = vendor
        vendor = gate()
        answered.open()
        await pass(50)
      },
    }
  }

  it('is the next to start, whatever waits in memory', async () => {
    const { world, answer } = await aSlowPump()
    handOver(world, 'slow', 20)
    expect(handUrgent(world, 'urgent')).toBe(true)
    await answer()
    expect(world.sent).toEqual(['first0', 'urgent0'])
  })

  it('is the next to start although the memory is full and more is in the queue', async () => {
    const { world, answer } = await aSlowPump()
    expect(handOver(world, 'full', 400)).toHaveLength(299)
    world.pump.wake(new Set(['con_mail']))
    await pass(50)
    expect(handOver(world, 'more', 1)).toEqual([])
    expect(handUrgent(world, 'urgent')).toBe(true)
    await answer()
    expect(world.sent).toEqual(['first0', 'urgent0'])
  })

  it('is taken beyond the limits of its lane and of the process, but not without end', async () => {
    const { world } = await aSlowPump()
    handOver(world, 'full', 400)
    const taken = Array.from({ length: 100 }, (_, n) => handUrgent(world, `urgent${n}-`)).filter(Boolean)
    expect(taken).toHaveLength(50)
  })

  it('is taken beyond what the process may have in hand, but not without end', async () => {
    const { world } = await aSlowPump()
    for (const id of ['con_b', 'con_c', 'con_d']) {
      world.lanes.push({ id, queues: [id], concurrency: 1 })
      world.pump.wake(new Set([id]))
      await pass(50)
      handOver(world, `${id}-`, 300, { connectionId: id })
    }
    handOver(world, 'full', 400)
    expect(world.pump.inHand()).toHaveLength(1000)
    const taken = Array.from({ length: 100 }, (_, n) => handUrgent(world, `urgent${n}-`)).filter(Boolean)
    expect(taken).toHaveLength(50)
  })

  it('is claimed from the queue alone while the memory is full, and starts next', async () => {
    const { world, answer } = await aSlowPump()
    handOver(world, 'full', 400)
    world.plan('late', 30)
    for (let n = 0; n < 30; n++) world.urgent.add(`late${n}`)
    world.pump.wake(new Set(['con_mail']))
    await pass(50)
    expect(world.states()).toMatchObject({ queued: 131 })
    world.pump.wake(new Set(['con_mail']), new Set(['con_mail']))
    await pass(50)
    // A few: the others follow as these start.
    expect(world.states()).toMatchObject({ queued: 123 })
    await answer()
    expect(world.sent).toEqual(['first0', 'late0'])
    await answer()
    await answer()
    expect(world.sent.slice(0, 3)).toEqual(['first0', 'late0', 'late1'])
    // One in four that start is not urgent.
    expect(world.states()).toMatchObject({ queued: 121 })
  })

  it('waits in the queue on a connection with a rate, and on one that opens slowly', async () => {
    const { world } = await aSlowPump()
    world.lanes[0]!.rate = { count: 5, perMs: 1000 }
    world.pump.wake()
    expect(handUrgent(world, 'rated')).toBe(false)
    world.lanes[0] = { id: 'con_mail', queues: ['con_mail'], concurrency: 8 }
    world.lanes.push({ id: 'con_new', queues: ['con_new'], concurrency: 8, ailing: true })
    world.pump.wake()
    world.plan('opening', 1, { connectionId: 'con_new' })
    expect(world.pump.reserve(reservation(world.rows.get('opening0')!.claimed, true))).toBe(false)
  })
})
