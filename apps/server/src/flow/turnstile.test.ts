import { expect, it } from 'vitest'
import { NOON } from '../domain/testing/samples.ts'
import { createTurnstile, PROBE_AFTER, REMEMBERED, SLOW } from './turnstile.ts'

function turnstile() {
  const time = { now: NOON }
  const { enter, leave, isSlow, size } = createTurnstile(() => time.now)
  let ids = 0
  /** In flight, oldest first. */
  const inside = new Map<string, string[]>()
  const door = {
    isSlow,
    size,
    enter(destination: string) {
      const id = `dlv_${ids++}`
      const said = enter(destination, id)
      if (said === 'go') inside.set(destination, [...(inside.get(destination) ?? []), id])
      return said
    },
    /** The oldest delivery in flight ends, or the one that a test names. */
    leave(destination: string, worked: boolean | null, which = 0) {
      const [id] = inside.get(destination)?.splice(which, 1) ?? []
      leave(destination, id ?? 'dlv_unknown', worked)
    },
  }
  return { time, door }
}

it('has a slot for one that goes beside the others, however busy the destination is, unless it fails or hangs', () => {
  let now = NOON
  const { enter, leave } = createTurnstile(() => now)
  for (let n = 0; n < 4; n++) enter('dst_ada', `dlv_${n}`)
  expect(enter('dst_ada', 'dlv_4')).toBe('wait')
  expect(enter('dst_ada', 'suspect', true)).toBe('go')
  expect(enter('dst_ada', 'other', true)).toBe('wait')
  now += SLOW + 1
  expect(enter('dst_ada', 'other', true)).toBe('later')
  for (let n = 0; n < 4; n++) leave('dst_ada', `dlv_${n}`, false)
  leave('dst_ada', 'suspect', false)
  enter('dst_ada', 'probe')
  expect(enter('dst_ada', 'other', true)).toBe('later')
})

const times = <T>(count: number, of: () => T): T[] => Array.from({ length: count }, of)

it('lets four through to one destination and lets the fifth wait', () => {
  const { door } = turnstile()
  expect(times(5, () => door.enter('a'))).toEqual(['go', 'go', 'go', 'go', 'wait'])
  expect(door.enter('b')).toBe('go')
  door.leave('a', true)
  expect(door.enter('a')).toBe('go')
})

it('puts the rest off once the oldest has been in flight for longer than a second', () => {
  const { door, time } = turnstile()
  times(4, () => door.enter('a'))
  time.now += SLOW
  expect(door.isSlow('a')).toBe(false)
  expect(door.enter('a')).toBe('wait')
  time.now += 1
  expect(door.isSlow('a')).toBe(true)
  expect(door.enter('a')).toBe('later')
  expect(door.isSlow('b')).toBe(false)
})

it('knows which one hangs when a younger one has ended', () => {
  const { door, time } = turnstile()
  times(2, () => door.enter('a'))
  time.now += SLOW + 1
  times(2, () => door.enter('a'))
  times(3, () => door.leave('a', true, 1))
  expect(door.isSlow('a')).toBe(true)
  door.leave('a', true)
  expect(door.isSlow('a')).toBe(false)
})

it('remembers a limited number of failed destinations, and never forgets one with something in flight', () => {
  const { door } = turnstile()
  for (let i = 0; i < PROBE_AFTER; i++) {
    door.enter('busy')
    door.leave('busy', false)
  }
  door.enter('busy')
  for (let i = 0; i < REMEMBERED + 500; i++) {
    door.enter(`dst_${i}`)
    door.leave(`dst_${i}`, false)
  }
  expect(door.size()).toBe(REMEMBERED + 1)
  expect(door.enter('busy')).toBe('later')
})

it('puts the rest off when the destination failed lately', () => {
  const { door } = turnstile()
  times(4, () => door.enter('a'))
  door.leave('a', false)
  expect(door.enter('a')).toBe('go')
  expect(door.enter('a')).toBe('later')
  door.leave('a', true)
  expect(door.enter('a')).toBe('go')
  expect(door.enter('a')).toBe('wait')
})

it('lets one probe at a time through after several failures in a row, and all four again after a success', () => {
  const { door } = turnstile()
  for (let i = 0; i < PROBE_AFTER; i++) {
    expect(door.enter('a')).toBe('go')
    door.leave('a', false)
  }
  expect(times(2, () => door.enter('a'))).toEqual(['go', 'later'])
  door.leave('a', true)
  expect(times(5, () => door.enter('a'))).toEqual(['go', 'go', 'go', 'go', 'wait'])
})

it('ignores an attempt that says nothing about the destination', () => {
  const { door } = turnstile()
  door.enter('a')
  door.leave('a', false)
  door.enter('a')
  door.leave('a', null)
  times(4, () => door.enter('a'))
  expect(door.enter('a')).toBe('later')
})

it('forgets destinations that worked, and ignores the end of an unknown delivery', () => {
  const { door } = turnstile()
  door.enter('a')
  door.enter('b')
  expect(door.size()).toBe(2)
  door.leave('a', true)
  door.leave('b', true)
  door.leave('c', true)
  expect(door.size()).toBe(0)
})
