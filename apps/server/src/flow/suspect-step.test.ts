import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { Job } from '../delivery/job.ts'
import { MAX_CRASHES } from '../domain/task.ts'
import { NOON } from '../domain/testing/samples.ts'
import { createSuspectTurn } from './suspects.ts'
import { gate } from './testing/turns.ts'
import { createWorld, outcome, pass } from './testing/world.ts'

beforeEach(() => void vi.useFakeTimers({ now: NOON, toFake: ['setTimeout', 'clearTimeout', 'Date', 'performance'] }))
afterEach(() => void vi.useRealTimers())

const hang = new Promise<never>(() => {})

/** A world whose suspects take turns as in the hub. */
function suspected(answers: (job: Job) => Promise<ReturnType<typeof outcome>>, more: Parameters<typeof createWorld>[1] = {}) {
  const turn = createSuspectTurn(() => world.pump.wake())
  const world: ReturnType<typeof createWorld> = createWorld(answers, {
    claimSuspect: (queues) => turn.take('delivery', async (alone) => world.claimSuspect(queues, alone)),
    letNextSuspect: turn.letNext,
    ...more,
  })
  return { world, turn }
}

describe('suspects', () => {
  it('of a single death are through in well under a minute, 300 with 20 that hang', async () => {
    const { world } = suspected(async (job) => {
      if (!job.id.startsWith('hang')) return outcome(job)
      await new Promise((resolve) => setTimeout(resolve, 30_000))
      return outcome(job, { state: 'failed' })
    })
    world.plan('hang', 20, { crashes: 1 })
    world.plan('good', 280, { crashes: 1 })
    world.pump.wake()
    await pass(25_000)
    expect(world.states()).toEqual({ sent: 280, sending: 20 })
    await pass(30_000)
    expect(world.states()).toEqual({ sent: 280, failed: 20 })
    expect(world.errors).toEqual([])
  })

  it('of a single death go on after a second; the next one begins then, not before', async () => {
    const { world } = suspected(() => hang)
    world.plan('s', 3, { crashes: 1 })
    world.pump.wake()
    await pass(950)
    expect(world.sent).toEqual(['s0'])
    await pass(100)
    expect(world.sent).toEqual(['s0', 's1'])
    await pass(1050)
    expect(world.sent).toEqual(['s0', 's1', 's2'])
    expect(world.pump.inFlight()).toBe(3)
  })

  it('of several deaths run alone until their end, after all others', async () => {
    const vendor = gate()
    const { world } = suspected(async (job) => {
      await vendor.opened
      return outcome(job)
    })
    world.plan('twice', 2, { crashes: 2 })
    world.plan('once', 2, { crashes: 1 })
    world.pump.wake()
    await pass(5000)
    // They hang: the others wait for their end.
    expect(world.sent).toEqual(['once0', 'once1'])
    vendor.open()
    await pass(100)
    expect(world.states()).toEqual({ sent: 4 })
  })

  it('of several deaths let nothing begin beside them', async () => {
    const vendor = gate()
    const { world } = suspected(async (job) => {
      if (job.id === 'twice0') await vendor.opened
      return outcome(job)
    })
    world.plan('twice', 1, { crashes: 2 })
    world.pump.wake()
    await pass(50)
    world.plan('once', 3, { crashes: 1 })
    world.pump.wake()
    await pass(5000)
    expect(world.sent).toEqual(['twice0'])
    vendor.open()
    await pass(100)
    expect(world.states()).toEqual({ sent: 4 })
  })

  it('do not ask a closed destination, and keep to the slots of a hanging one', async () => {
    const { world } = suspected((job) => (job.destinationId === 'dst_hangs' ? hang : Promise.resolve(outcome(job))), {
      closedUntil: (destination) => (destination === 'dst_closed' ? NOON + 60_000 : null),
    })
    world.plan('closed', 5, { crashes: 1, destinationId: 'dst_closed' })
    world.plan('hangs', 20, { crashes: 1, destinationId: 'dst_hangs' })
    world.plan('good', 5, { crashes: 1 })
    world.pump.wake()
    await pass(8000)
    expect(world.sent.filter((id) => id.startsWith('hangs'))).toHaveLength(5)
    expect(world.sent.filter((id) => id.startsWith('good'))).toHaveLength(5)
    expect(world.rows.get('closed0')).toMatchObject({ state: 'queued', dueAt: NOON + 60_000, claimed: { attempts: 0, crashes: 1 } })
  })

  it('are in hand while they are tried, and each is recorded before the next one starts', async () => {
    const order: string[] = []
    const { world } = suspected(async (job) => {
      order.push(`${job.id} of ${world.pump.inHand().join()}, ${world.rows.get('s0')!.state}`)
      return outcome(job)
    })
    world.plan('s', 2, { crashes: 1 })
    world.pump.wake()
    await pass(100)
    expect(order).toEqual(['s0 of s0, sending', 's1 of s1, sent'])
  })

  it('free the slot that they had: one that waits for the same destination starts', async () => {
    const vendor = gate()
    const { world } = suspected(async (job) => {
      await (job.id === 's0' ? vendor.opened : hang)
      return outcome(job)
    })
    world.plan('s', 1, { crashes: 1, destinationId: 'dst_one' })
    world.pump.wake()
    await pass(50)
    world.plan('a', 4, { destinationId: 'dst_one' })
    world.pump.wake()
    await pass(50)
    expect(world.sent).toEqual(['s0', 'a0', 'a1', 'a2'])
    vendor.open()
    await pass(50)
    expect(world.sent).toEqual(['s0', 'a0', 'a1', 'a2', 'a3'])
  })
})

it.each([0, 7, 23])('a suspect is never quarantined without guilt, and the guilty one at its third death, whatever hangs beside it (%i)', async (guilty) => {
  const crashes = new Map(Array.from({ length: 24 }, (_, n) => [`s${n}`, 1]))
  const over = new Set<string>()
  for (let deaths = 1; deaths < MAX_CRASHES; deaths++) {
    let died = false
    const { world } = suspected(async (job) => {
      died ||= job.id === `s${guilty}`
      if (Number(job.id.slice(1)) % 5 === 1) await new Promise((resolve) => setTimeout(resolve, 30_000))
      return died ? await hang : outcome(job)
    })
    for (const [id, count] of crashes) if (!over.has(id)) world.planOne(id, { crashes: count })
    world.pump.wake()
    for (let n = 0; n < 300 && !died; n++) await pass(1000)
    expect(died).toBe(true)
    // The sweep of the next process: what was in flight has one death more.
    for (const [id, { state }] of world.rows) {
      if (state === 'sent') over.add(id)
      if (state === 'sending') crashes.set(id, crashes.get(id)! + 1)
    }
  }
  expect([...crashes].filter(([, count]) => count >= MAX_CRASHES)).toEqual([[`s${guilty}`, MAX_CRASHES]])
})
