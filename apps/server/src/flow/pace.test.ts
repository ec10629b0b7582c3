import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { createPace } from './pace.ts'
import { settle, until } from './testing/turns.ts'

beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] }))
afterEach(() => void vi.useRealTimers())

function paced() {
  const clock = { at: 0 }
  let groups = 0
  const pace = createPace(
    () => groups++,
    () => clock.at,
  )
  /** Turns the clock and fires what is due. */
  const pass = async (ms: number) => {
    clock.at += ms
    vi.advanceTimersByTime(ms)
    await settle(3)
  }
  return { pace, pass, groups: () => groups }
}

it('a group begins at the end of the turn, once for all who asked', async () => {
  const { pace, groups } = paced()
  pace.soon()
  pace.now()
  pace.soon()
  expect(groups()).toBe(0)
  await until(() => groups() === 1)
  await settle()
  expect(groups()).toBe(1)
})

it('after a quick commit that was not shared the next group does not wait', async () => {
  const { pace, groups } = paced()
  pace.committed(1, false)
  pace.soon()
  await until(() => groups() === 1)
  expect(vi.getTimerCount()).toBe(0)
})

it('after a shared commit the next group begins 2 ms later, and at once when 2 ms have passed', async () => {
  const { pace, pass, groups } = paced()
  pace.committed(1, true)
  pace.soon()
  await pass(1)
  expect(groups()).toBe(0)
  await pass(1)
  expect(groups()).toBe(1)
  pace.committed(1, true)
  await pass(2)
  pace.soon()
  await until(() => groups() === 2)
})

it('the gap ends with a commit that is not shared', async () => {
  const { pace, groups } = paced()
  pace.committed(1, true)
  pace.committed(1, false)
  pace.soon()
  await until(() => groups() === 1)
})

it.each([
  [6, 2],
  [60, 5],
])('after a slow commit of %i ms the next group waits %i ms', async (ms, wait) => {
  const { pace, pass, groups } = paced()
  pace.committed(ms, false)
  pace.soon()
  await pass(wait - 1)
  expect(groups()).toBe(0)
  await pass(1)
  expect(groups()).toBe(1)
})

it('who cannot wait begins at once, for those too who would have waited', async () => {
  const { pace, pass, groups } = paced()
  pace.committed(1, true)
  pace.soon()
  pace.now()
  await until(() => groups() === 1)
  await pass(10)
  expect(groups()).toBe(1)
})
