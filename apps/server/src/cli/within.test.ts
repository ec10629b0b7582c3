import { expect, it, onTestFinished, vi } from 'vitest'
import { within } from './within.ts'

it('within tells whether a work ended in time, and fails as the work does', async () => {
  vi.useFakeTimers()
  onTestFinished(() => void vi.useRealTimers())
  expect(await within(1000, Promise.resolve())).toBe(true)
  await expect(within(1000, Promise.reject(new Error('no')))).rejects.toThrow('no')
  const hanging = within(1000, new Promise(() => {}))
  await vi.advanceTimersByTimeAsync(1000)
  expect(await hanging).toBe(false)
  expect(vi.getTimerCount()).toBe(0)
})
