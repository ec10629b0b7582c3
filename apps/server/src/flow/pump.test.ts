import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { aJob } from '../delivery/testing/job.ts'
import { NOON } from '../domain/testing/samples.ts'
import type { ClaimOrder } from './lane.ts'
import { gate, settle, until } from './testing/turns.ts'
import { clock, createWorld, outcome, pass } from './testing/world.ts'

beforeEach(() => void vi.useFakeTimers({ now: NOON, toFake: ['setTimeout', 'clearTimeout', 'Date', 'performance'] }))
afterEach(() => void vi.useRealTimers())

const never = new Promise<never>(() => {})

it('sends everything that is due, each once', async () => {
  const world = createWorld()
  world.plan('a', 500)
  world.pump.wake()
  await pass(200)
  expect(world.states()).toEqual({ sent: 500 })
  expect(new Set(world.sent).size).toBe(500)
  expect(world.sent).toHaveLength(500)
  expect(world.errors).toEqual([])
})

it('never sends a claimed row twice, however often it is woken', async () => {
  const vendor = gate()
  const world = createWorld(async (job) => {
    await vendor.opened
    return outcome(job)
  })
  world.plan('a', 300)
  for (let i = 0; i < 20; i++) {
    world.pump.wake()
    await settle(1)
  }
  vendor.open()
  await pass(200)
  expect(world.states()).toEqual({ sent: 300 })
  expect(world.sent).toHaveLength(300)
  expect(world.errors).toEqual([])
})

it('keeps to the concurrency of a connection', async () => {
  let inFlight = 0
  let most = 0
  const world = createWorld(async (job) => {
    most = Math.max(most, ++inFlight)
    await settle(2)
    inFlight--
    return outcome(job)
  })
  world.lanes[0]!.concurrency = 7
  world.plan('a', 60)
  world.pump.wake()
  await pass(1000)
  expect(world.states()).toEqual({ sent: 60 })
  expect(most).toBe(7)
})

it('keeps the rate of a connection', async () => {
  const world = createWorld()
  world.lanes[0]!.rate = { count: 5, perMs: 1000 }
  world.plan('a', 12)
  world.pump.wake()
  await pass(100)
  expect(world.sent).toHaveLength(5)
  await pass(1000)
  expect(world.sent.length).toBeGreaterThanOrEqual(9)
  expect(world.sent.length).toBeLessThanOrEqual(11)
  await pass(1000)
  expect(world.states()).toEqual({ sent: 12 })
})

it('does not let one hanging destination delay the others', async () => {
  const world = createWorld((job) => (job.destinationId === 'dst_dead' ? never : Promise.resolve(outcome(job))))
  world.plan('dead', 1000, { destinationId: 'dst_dead' })
  world.plan('a', 300)
  world.pump.wake()
  await pass(10_000)
  expect([...world.rows.values()].filter(({ claimed, state }) => claimed.destinationId !== 'dst_dead' && state === 'sent')).toHaveLength(300)
  expect(world.sent.filter((id) => id.startsWith('dead'))).toHaveLength(4)
})

it('puts off deliveries to a blocked destination until it opens, without an attempt', async () => {
  const world = createWorld(undefined, { closedUntil: (destination) => (destination === 'dst_blocked' && clock() < NOON + 60_000 ? NOON + 60_000 : null) })
  world.plan('b', 3, { destinationId: 'dst_blocked' })
  world.plan('a', 3)
  world.pump.wake()
  await pass(1000)
  expect(world.sent).toEqual(['a0', 'a1', 'a2'])
  expect(world.rows.get('b0')).toMatchObject({ state: 'queued', dueAt: NOON + 60_000, claimed: { attempts: 0 } })
  await pass(61_000)
  expect(world.states()).toEqual({ sent: 6 })
})

it('leaves no delivery waiting for a destination that was blocked meanwhile', async () => {
  const opens = NOON + 60_000
  let asked = 0
  const world = createWorld(
    async (job) => {
      // The four in flight end one after the other, and the last one reports that the destination is closed.
      for (let turns = asked++ * 3; turns >= 0; turns--) await settle(1)
      return outcome(job, { state: 'queued', dueAt: opens })
    },
    { closedUntil: () => (asked >= 6 && clock() < opens ? opens : null) },
  )
  world.plan('a', 14, { destinationId: 'dst_busy' })
  world.pump.wake()
  await pass(1000)
  expect(world.pump.inFlight()).toBe(0)
  expect(world.states()).toEqual({ queued: 14 })
  expect(world.sent).toHaveLength(6)
})

it('sends a delivery that is due later at its time', async () => {
  const world = createWorld()
  world.plan('a', 1, { dueAt: NOON + 3000 })
  world.pump.wake()
  await pass(2975)
  expect(world.sent).toEqual([])
  await pass(100)
  expect(world.sent).toEqual(['a0'])
})

it('tries suspects one at a time', async () => {
  const attempts = [gate(), gate(), gate()]
  let begun = 0
  const world = createWorld(async (job) => {
    await attempts[begun++]!.opened
    return outcome(job)
  })
  world.plan('s', 3, { crashes: 1 })
  world.pump.wake()
  for (let i = 0; i < 3; i++) {
    await pass(100)
    expect(world.sent).toHaveLength(i + 1)
    attempts[i]!.open()
  }
  await pass(100)
  expect(world.states()).toEqual({ sent: 3 })
})

it('asks for urgent deliveries first, but not in every fourth claim', async () => {
  const asked: ClaimOrder[] = []
  const world = createWorld(undefined, {
    claim: async (_queues, _limit, order) => {
      asked.push(order)
      return []
    },
  })
  world.plan('a', 1)
  for (let claims = 0; claims < 8; claims++) {
    world.pump.wake(new Set(['con_mail']))
    await pass(50)
  }
  const four: ClaimOrder[] = ['urgent first', 'urgent first', 'urgent first', 'oldest first']
  expect(asked).toEqual([...four, ...four])
})

it('does not ask again and again for a suspect while another one has the turn', async () => {
  let claims = 0
  const world = createWorld(() => never, {
    claim: async () => {
      claims++
      return []
    },
  })
  world.plan('s', 2, { crashes: 2 })
  world.pump.wake()
  await pass(6000)
  expect(claims).toBeGreaterThan(1)
  expect(claims).toBeLessThan(10)
})

it('stops: claims no more, waits for what is in flight, gives the rest back unharmed', async () => {
  const vendor = gate()
  const world = createWorld(async (job) => {
    await vendor.opened
    return outcome(job)
  })
  world.lanes[0]!.concurrency = 3
  world.plan('a', 30)
  world.plan('same', 10, { destinationId: 'dst_same' })
  world.pump.wake()
  await pass(50)
  let stopped = false
  const stopping = world.pump.stop(25_000).then(() => {
    stopped = true
  })
  await pass(1000)
  expect(stopped).toBe(false)
  vendor.open()
  await pass(100)
  await stopping
  expect(world.states()).toEqual({ sent: 3, queued: 37 })
  expect(world.sent).toHaveLength(3)
  expect([...world.rows.values()].filter(({ state, claimed }) => state === 'queued' && claimed.attempts !== 0)).toEqual([])
  world.pump.wake()
  await pass(10_000)
  expect(world.sent).toHaveLength(3)
})

it('stops within the given time although deliveries hang, suspects included', async () => {
  const world = createWorld(() => never)
  world.plan('a', 1)
  world.plan('s', 1, { crashes: 1 })
  world.pump.wake()
  await pass(50)
  expect(world.pump.inFlight()).toBe(2)
  let stopped = false
  void world.pump.stop(2000).then(() => {
    stopped = true
  })
  await pass(1900)
  expect(stopped).toBe(false)
  await pass(200)
  expect(stopped).toBe(true)
})

it('puts off a row that cannot be read, and sends its neighbours', async () => {
  const world = createWorld(undefined, {
    load: async (claimed) => {
      if (claimed.some(({ id }) => id === 'a1')) throw new Error('cannot be decrypted')
      return claimed.map((one) => aJob(one))
    },
  })
  world.plan('a', 3)
  world.pump.wake()
  await settle()
  await pass(50)
  expect(world.sent).toEqual(['a0', 'a2'])
  expect(world.rows.get('a1')).toMatchObject({ state: 'queued', dueAt: NOON + 5000, claimed: { attempts: 0 } })
  expect(world.errors).toEqual([new Error('cannot be decrypted')])
})

it('goes on by itself after a failed query of the outbox', async () => {
  let asked = 0
  const world = createWorld(undefined, {
    nextDue: async () => {
      if (++asked === 1) throw new Error('no database')
      return new Map([['con_mail', NOON]])
    },
  })
  world.pump.wake()
  await until(() => world.errors.length === 1)
  world.plan('a', 1)
  await pass(6000)
  expect(world.states()).toEqual({ sent: 1 })
})

it('claims only on connections with something due, and after a wake only on those it names', async () => {
  const world = createWorld()
  const lanes = Array.from({ length: 50 }, (_, i) => ({ id: `con_${i}`, queues: [`con_${i}`], concurrency: 8 }))
  world.lanes.splice(0, world.lanes.length, ...lanes)
  world.plan('a', 3, { connectionId: 'con_7' })
  world.pump.wake()
  await pass(100)
  expect([world.states(), world.claimed]).toEqual([{ sent: 3 }, ['con_7']])
  world.claimed.length = 0
  world.plan('b', 2, { connectionId: 'con_9' })
  world.pump.wake(new Set(['con_9']))
  await pass(100)
  expect([world.states(), world.claimed]).toEqual([{ sent: 5 }, ['con_9']])
})

it('finds due deliveries by itself on a lane that no wake named', async () => {
  const world = createWorld()
  world.plan('later', 1, { dueAt: NOON + 2000 })
  world.pump.wake()
  await pass(100)
  world.plan('now', 1)
  world.pump.wake(new Set(['con_mail']))
  await pass(1000)
  expect(world.sent).toEqual(['now0'])
  await pass(1000)
  expect(world.sent).toEqual(['now0', 'later0'])
})

it('has a delivery in hand from its claim until its outcome is recorded', async () => {
  const vendor = gate()
  const world = createWorld(async (job) => {
    await vendor.opened
    return outcome(job)
  })
  world.plan('a', 3)
  world.pump.wake()
  await until(() => world.pump.inHand().length === 3)
  vendor.open()
  await pass(200)
  expect(world.states()).toEqual({ sent: 3 })
  expect(world.pump.inHand()).toEqual([])
})

it('sends deliveries that come due one shortly after the other at their times', async () => {
  const world = createWorld()
  world.plan('first', 1)
  world.pump.wake()
  await pass(100)
  for (let i = 0; i < 100; i++) world.plan(`crowd${i}-`, 1, { dueAt: clock() + i * 20 })
  world.pump.wake()
  const counts: number[] = []
  for (let i = 0; i < 4; i++) {
    const before = world.sent.length
    await pass(500)
    counts.push(world.sent.length - before)
  }
  for (const count of counts) expect(count).toBeLessThanOrEqual(35)
  await pass(100)
  expect(world.states()).toEqual({ sent: 101 })
})
