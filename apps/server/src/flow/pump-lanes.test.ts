import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { NOON } from '../domain/testing/samples.ts'
import type { LaneLimits } from './lane.ts'
import { gate } from './testing/turns.ts'
import { clock, createWorld, outcome, pass } from './testing/world.ts'

beforeEach(() => void vi.useFakeTimers({ now: NOON, toFake: ['setTimeout', 'clearTimeout', 'Date', 'performance'] }))
afterEach(() => void vi.useRealTimers())

it('opens slowly on a connection that was blocked: 1, 2, 4, …', async () => {
  const waves: number[] = []
  let wave = gate()
  const world = createWorld(async (job) => {
    await wave.opened
    return outcome(job)
  })
  world.pump.wake()
  await pass(50)
  world.lanes.push({ id: 'con_back', queues: ['con_back'], concurrency: 8, ailing: true })
  world.plan('a', 40, { connectionId: 'con_back' })
  world.pump.wake()
  for (let i = 0; i < 4; i++) {
    await pass(50)
    waves.push(world.pump.inFlight())
    const landed = wave
    wave = gate()
    landed.open()
  }
  expect(waves).toEqual([1, 2, 4, 8])
})

it('opens slowly on a connection that an operator opened again, whose health is unknown now', async () => {
  const door = gate()
  const world = createWorld(async (job) => {
    await door.opened
    return outcome(job)
  })
  world.pump.wake()
  await pass(100)
  const [lane] = world.lanes.splice(0)
  world.pump.wake()
  world.plan('a', 20)
  world.lanes.push(lane!)
  world.pump.wake()
  await pass(100)
  expect(world.pump.inFlight()).toBe(1)
  door.open()
  await pass(1000)
  expect(world.states()).toEqual({ sent: 20 })
})

it('waits for the result of a probe before it sends another one', async () => {
  const world = createWorld(
    async (job) => outcome(job, { state: 'queued', dueAt: clock() + 60_000, health: [{ target: 'con_back', error: 'still down', at: clock() }] }),
    {
      record: async () => {
        world.lanes.pop()
        world.pump.wake()
      },
    },
  )
  world.pump.wake()
  await pass(50)
  world.lanes.push({ id: 'con_back', queues: ['con_back'], concurrency: 8, ailing: true })
  world.plan('a', 40, { connectionId: 'con_back' })
  world.pump.wake()
  await pass(50)
  expect(world.sent).toHaveLength(1)
})

it('opens at once on a connection that is new, so that one hanging receiver delays no other', async () => {
  const world = createWorld((job) => (job.id === 'dead0' ? new Promise(() => {}) : Promise.resolve(outcome(job))))
  world.pump.wake()
  await pass(50)
  world.lanes.push({ id: 'con_new', queues: ['con_new'], concurrency: 8 })
  world.plan('dead', 1, { connectionId: 'con_new' })
  world.plan('living', 20, { connectionId: 'con_new' })
  world.pump.wake()
  await pass(50)
  expect(world.states()).toEqual({ sending: 1, sent: 20 })
})

it('empties the queues of the connections that a lane stands in for', async () => {
  const world = createWorld()
  world.lanes[0]!.queues = ['con_mail', 'con_down']
  world.plan('a', 2, { connectionId: 'con_down' })
  world.pump.wake()
  await pass(50)
  expect(world.states()).toEqual({ sent: 2 })
})

it('gives back deliveries that it has not started when a connection is blocked meanwhile', async () => {
  const vendor = gate()
  const world = createWorld(async (job) => {
    await vendor.opened
    return outcome(job)
  })
  world.lanes[0]!.concurrency = 2
  world.plan('a', 50)
  world.pump.wake()
  await pass(50)
  expect(world.states()).toEqual({ sending: 50 })
  world.lanes.splice(0)
  world.pump.wake()
  await pass(50)
  expect(world.states()).toEqual({ sending: 2, queued: 48 })
  vendor.open()
  await pass(50)
  expect(world.states()).toEqual({ sent: 2, queued: 48 })
  expect(world.rows.get('a49')!.claimed.attempts).toBe(0)
})

it('gives back deliveries that wait for their destination when their connection is blocked meanwhile', async () => {
  const world = createWorld(() => new Promise(() => {}))
  world.plan('a', 10, { destinationId: 'dst_one' })
  world.pump.wake()
  await pass(50)
  expect(world.sent).toHaveLength(4)
  world.lanes.splice(0)
  world.pump.wake()
  await pass(50)
  expect(world.states()).toEqual({ sending: 4, queued: 6 })
})

it.each<[string, LaneLimits, LaneLimits]>([
  ['a rate', { concurrency: 64, rate: { count: 1, perMs: 1000 } }, { concurrency: 64, rate: { count: 1, perMs: 1000 } }],
  ['a concurrency', { concurrency: 1 }, { concurrency: 2 }],
])('starts what %s held up in memory when it may, though nothing is in the queue', async (_what, before, after) => {
  const world = createWorld((job) => (job.id === 'a0' ? new Promise(() => {}) : Promise.resolve(outcome(job))))
  const limit = async (limits: LaneLimits, ms: number) => {
    world.lanes[0] = { id: 'con_mail', queues: ['con_mail'], ...limits }
    world.pump.wake()
    await pass(ms)
  }
  world.plan('a', 4)
  await limit({ concurrency: 1 }, 50)
  expect(world.states()).toEqual({ sending: 4 })
  await limit(before, 50)
  expect(world.states()).toMatchObject({ sending: before.rate === undefined ? 4 : 3 })
  await limit(after, 3000)
  expect(world.states()).toEqual({ sending: 1, sent: 3 })
})
