import { expect, it } from 'vitest'
import { NOON } from '../domain/testing/samples.ts'
import { createTurnstile, PROBE_AFTER, SLOW } from './turnstile.ts'

function turnstile() {
  const time = { now: NOON }
  return { time, door: createTurnstile(() => time.now) }
}

const times = <T>(count: number, of: () => T): T[] => Array.from({ length: count }, of)

it('lets four through to one destination and lets the fifth wait', () => {
  const { door } = turnstile()
  expect(times(5, () => door.enter('a'))).toEqual(['go', 'go', 'go', 'go', 'wait'])
  expect(door.enter('b')).toBe('go')
  door.leave('a', true)
  expect(door.enter('a')).toBe('go')
})

it('sends the rest away once the oldest has been on its way for longer than a second', () => {
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

it('sends the rest away when the destination failed lately', () => {
  const { door } = turnstile()
  times(4, () => door.enter('a'))
  door.leave('a', false)
  expect(door.enter('a')).toBe('go')
  expect(door.enter('a')).toBe('later')
  door.leave('a', true)
  expect(door.enter('a')).toBe('go')
  expect(door.enter('a')).toBe('wait')
})

it('lets one probe at a time through after so many failures in a row, and all four again after a success', () => {
  const { door } = turnstile()
  for (let i = 0; i < PROBE_AFTER; i++) {
    expect(door.enter('a')).toBe('go')
    door.leave('a', false)
  }
  expect(times(2, () => door.enter('a'))).toEqual(['go', 'later'])
  door.leave('a', true)
  expect(times(5, () => door.enter('a'))).toEqual(['go', 'go', 'go', 'go', 'wait'])
})

it('is told nothing by an attempt that says nothing about the destination', () => {
  const { door } = turnstile()
  door.enter('a')
  door.leave('a', false)
  door.enter('a')
  door.leave('a', null)
  times(4, () => door.enter('a'))
  expect(door.enter('a')).toBe('later')
})

it('forgets destinations that answered well, and is not moved by strangers who leave', () => {
  const { door } = turnstile()
  door.enter('a')
  door.enter('b')
  expect(door.size()).toBe(2)
  door.leave('a', true)
  door.leave('b', true)
  door.leave('c', true)
  expect(door.size()).toBe(0)
})
