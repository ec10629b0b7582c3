import { expect, it } from 'vitest'
import { aJob } from '../delivery/testing/job.ts'
import { NOON } from '../domain/testing/samples.ts'
import { Lane } from './lane.ts'

const clock = () => NOON

it('lets in as many deliveries as its concurrency allows', () => {
  const lane = new Lane('con_mail', { concurrency: 3 }, clock, false)
  expect(lane.room()).toBe(3)
  lane.started()
  lane.started()
  expect(lane.room()).toBe(1)
  lane.inFlight--
  expect(lane.room()).toBe(2)
})

it('opens 1, 2, 4, … wide after a block, and never wider than its concurrency', () => {
  const lane = new Lane('con_mail', { concurrency: 6 }, clock, true)
  const rounds = [lane.room()]
  for (let i = 0; i < 4; i++) {
    for (let succeeded = lane.room(); succeeded > 0; succeeded--) lane.succeeded()
    rounds.push(lane.room())
  }
  expect(rounds).toEqual([1, 2, 4, 6, 6])
})

it('claims only what may start during a slow start, and a buffer of the next ones when it is wide open', () => {
  const narrow = new Lane('con_mail', { concurrency: 10 }, clock, true)
  expect(narrow.appetite(200, 1000)).toBe(1)
  const wide = new Lane('con_mail', { concurrency: 10 }, clock, false)
  expect(wide.appetite(200, 1000)).toBe(110)
  wide.ready.push(aJob(), aJob())
  wide.parked = 8
  expect(wide.appetite(200, 1000)).toBe(100)
  wide.parked = 200
  expect(wide.appetite(200, 1000)).toBe(0)
})

it('keeps a rate limit: a full bucket at first, then as it refills', () => {
  let now = NOON
  const lane = new Lane('con_mail', { concurrency: 100, rate: { count: 5, perMs: 1000 } }, () => now, false)
  expect(lane.room()).toBe(5)
  for (let i = 0; i < 5; i++) lane.started()
  expect(lane.room()).toBe(0)
  expect(lane.appetite(200, 1000)).toBe(0)
  expect(lane.waitForRate()).toBe(200)
  now += 100
  expect(lane.room()).toBe(0)
  expect(lane.waitForRate()).toBe(100)
  now += 100
  expect(lane.room()).toBe(1)
  expect(lane.waitForRate()).toBeNull()
  now += 3_600_000
  expect(lane.room()).toBe(5)
})

it('waits for no rate limit when none is set', () => {
  expect(new Lane('con_mail', { concurrency: 1 }, clock, false).waitForRate()).toBeNull()
})

it('follows new limits: a lane that was wide open stays so, a narrow one goes on widening', () => {
  const wide = new Lane('con_mail', { concurrency: 2 }, clock, false)
  wide.update({ concurrency: 8 })
  expect(wide.room()).toBe(8)
  wide.update({ concurrency: 1 })
  expect(wide.room()).toBe(1)
  wide.update({ concurrency: 8, rate: { count: 3, perMs: 86_400_000 } })
  expect(wide.room()).toBe(3)
  const narrow = new Lane('con_mail', { concurrency: 8 }, clock, true)
  narrow.update({ concurrency: 4 })
  expect(narrow.room()).toBe(1)
})

it.each<[string, number, Partial<Lane>]>([
  ['wait', 299, {}],
  ['wait for their destinations', 0, { parked: 299 }],
  ['are in flight', 0, { inFlight: 299 }],
  ['are reserved', 0, { reserved: 299 }],
])('takes one more that skips the queue while 299 %s, and 50 more that are urgent', (_what, ready, more) => {
  const lane = new Lane('con_mail', { concurrency: 3 }, clock, false)
  Object.assign(lane, { drained: true, ...more })
  lane.ready.push(...Array.from({ length: ready }, () => aJob()))
  expect(lane.takesUnqueued(false)).toBe(true)
  lane.reserved++
  expect(lane.takesUnqueued(false)).toBe(false)
  lane.reserved += 49
  expect(lane.takesUnqueued(true)).toBe(true)
  lane.reserved++
  expect(lane.takesUnqueued(true)).toBe(false)
})

it.each<[string, Partial<Lane>]>([
  ['its queue may hold older ones', { drained: false }],
  ['it claims', { claiming: true }],
  ['those that wait are read again', { rereading: true }],
])('takes only urgent ones that skip the queue while %s', (_what, more) => {
  const lane = new Lane('con_mail', { concurrency: 3 }, clock, false)
  lane.drained = true
  expect(lane.takesUnqueued(false)).toBe(true)
  Object.assign(lane, more)
  expect(lane.takesUnqueued(false)).toBe(false)
  expect(lane.takesUnqueued(true)).toBe(true)
})

it('claims a small buffer, and in larger portions than single rows, while the process has too much in hand', () => {
  const lane = new Lane('con_mail', { concurrency: 10 }, clock, false)
  expect(lane.appetite(200, 60)).toBe(70)
  expect(lane.appetite(200, -5)).toBe(30)
  lane.ready.push(...Array.from({ length: 10 }, () => aJob()))
  expect(lane.appetite(200, -5)).toBe(0)
})

it('asks again, for urgent ones too, after a claim that failed', async () => {
  const lane = new Lane('con_mail', { concurrency: 3 }, clock, false)
  lane.urgentDue = true
  lane.ask(200, 1000)
  expect([lane.drained, lane.urgentDue]).toEqual([true, false])
  const failing = lane.claim(() => Promise.reject(new Error('no answer')))
  expect(lane.claiming).toBe(true)
  await expect(failing).rejects.toThrow('no answer')
  expect([lane.drained, lane.urgentDue, lane.claiming]).toEqual([false, true, false])
})
