import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { createAlarm } from './alarm.ts'

beforeEach(() => void vi.useFakeTimers({ now: 0, toFake: ['setTimeout', 'clearTimeout', 'Date'] }))
afterEach(() => void vi.useRealTimers())

function alarm() {
  const rang: number[] = []
  return { rang, ...createAlarm(Date.now, () => void rang.push(Date.now())) }
}

it('rings once, at the earliest time that was asked for', () => {
  const { within, rang } = alarm()
  within(500)
  within(200)
  within(900)
  vi.advanceTimersByTime(2000)
  expect(rang).toEqual([200])
})

it('can be set again when it has rung, and never rings at once', () => {
  const { within, rang } = alarm()
  within(-5)
  expect(rang).toEqual([])
  vi.advanceTimersByTime(10)
  within(100)
  vi.advanceTimersByTime(1000)
  expect(rang).toEqual([1, 110])
})

it('is silent once it is stopped', () => {
  const { within, stop, rang } = alarm()
  within(100)
  stop()
  vi.advanceTimersByTime(1000)
  expect(rang).toEqual([])
})
