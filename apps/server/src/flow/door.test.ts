import { beforeEach, expect, it } from 'vitest'
import { aJob } from '../delivery/testing/job.ts'
import { anEvent, NOON } from '../domain/testing/samples.ts'
import { createDoor, PUT_OFF } from './door.ts'
import { Lane } from './lane.ts'
import { SLOW } from './turnstile.ts'

let now: number
let putOff: [id: string, until: number][]
beforeEach(() => {
  now = NOON
  putOff = []
})

const door = () => createDoor({ clock: () => now, closedUntil: () => null, putOff: ({ id }, until) => putOff.push([id, until]) })
const lane = (id = 'con_1') => new Lane(id, { concurrency: 100 }, () => now, false)
const job = (id: string, destinationId = 'dst_ada') => aJob({ id, destinationId })

/** As many deliveries as fit in front of one destination, and these behind them. */
function crowd(at: ReturnType<typeof door>, on: Lane, destination: string, ...waiting: string[]): void {
  for (let i = 0; i < 4; i++) expect(at.enter(on, job(`${destination}-${i}`, destination))).toBe(true)
  for (const id of waiting) expect(at.enter(on, job(id, destination))).toBe(false)
}

it('the door counts the deliveries that wait on a lane, until they start', () => {
  const [at, on] = [door(), lane()]
  crowd(at, on, 'dst_ada', 'dlv_1', 'dlv_2')
  expect(on.parked).toBe(2)
  expect(at.next('dst_ada')?.job.id).toBe('dlv_1')
  expect(on.parked).toBe(1)
  expect(at.next('dst_ada')?.job.id).toBe('dlv_2')
  expect([on.parked, at.isOccupied(), at.next('dst_ada')]).toEqual([0, false, undefined])
})

it('the door lets urgent deliveries pass those that wait for the same destination; one in four goes as they came', () => {
  const [at, on] = [door(), lane()]
  crowd(at, on, 'dst_ada', 'dlv_1', 'dlv_2')
  for (let n = 0; n < 4; n++) at.enter(on, aJob({ id: `urgent_${n}`, destinationId: 'dst_ada', event: anEvent({ priority: 'urgent' }) }))
  const order = Array.from({ length: 6 }, () => at.next('dst_ada')?.job.id)
  expect(order).toEqual(['urgent_0', 'urgent_1', 'urgent_2', 'dlv_1', 'urgent_3', 'dlv_2'])
  expect([on.parked, at.isOccupied()]).toEqual([0, false])
})

it('the door puts off only deliveries to slow destinations', () => {
  const [at, on] = [door(), lane()]
  crowd(at, on, 'dst_slow', 'dlv_1')
  now += SLOW + 1
  crowd(at, on, 'dst_quick', 'dlv_2')
  at.sendAwaySlow()
  expect(putOff).toEqual([['dlv_1', now + PUT_OFF]])
  expect([on.parked, at.next('dst_quick')?.job.id]).toEqual([1, 'dlv_2'])
})

it('the door hands back the deliveries of a lane that is closed, and keeps those of the others', () => {
  const [at, one, other] = [door(), lane('con_1'), lane('con_2')]
  crowd(at, one, 'dst_ada', 'dlv_1')
  expect(at.enter(other, job('dlv_2'))).toBe(false)
  expect(at.clear(one).map(({ id }) => id)).toEqual(['dlv_1'])
  expect([one.parked, other.parked, at.isOccupied()]).toEqual([0, 1, true])
  expect(at.clear(other).map(({ id }) => id)).toEqual(['dlv_2'])
  expect(at.isOccupied()).toBe(false)
})
