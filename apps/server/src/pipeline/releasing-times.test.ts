import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { NOON } from '../domain/testing/samples.ts'
import { MINUTE, SECOND } from '../domain/time.ts'
import { settle } from '../flow/testing/turns.ts'
import { createReleasing } from './releasing.ts'

beforeEach(() => {
  vi.useFakeTimers({ now: NOON, toFake: ['setTimeout', 'clearTimeout', 'Date'] })
})
afterEach(() => vi.useRealTimers())

/** A release that records what it was asked for. */
function rig(more: { nextHeld?: () => number | null; due?: () => Promise<boolean>; unconnected?: () => Promise<boolean> } = {}) {
  const asked: string[] = []
  const seen = { released: 0 }
  const failures: string[] = []
  const releasing = createReleasing(
    {
      async due() {
        asked.push('due')
        return (await more.due?.()) ?? false
      },
      async unconnected() {
        asked.push('unconnected')
        return (await more.unconnected?.()) ?? false
      },
      nextHeld: async () => more.nextHeld?.() ?? null,
    },
    { clock: Date.now, failed: (what, error) => failures.push(`${what}: ${error}`) },
    () => void seen.released++,
  )
  /** Passes this time; returns what was asked meanwhile. */
  async function pass(ms: number): Promise<string[]> {
    asked.length = 0
    vi.advanceTimersByTime(ms)
    await settle()
    return [...asked]
  }
  return { ...releasing, pass, asked, seen, failures }
}

it('releasing looks at the time of the next held delivery', async () => {
  const at = NOON + 7 * SECOND
  const { wake, pass, stop } = rig({ nextHeld: () => (Date.now() < at ? at : null) })
  wake()
  expect(await pass(0)).toEqual(['due', 'unconnected'])
  expect(await pass(7 * SECOND - 1)).toEqual([])
  expect(await pass(1)).toEqual(['due'])
  await stop()
})

it('releasing looks every 15 seconds, because another node may have held a delivery, and once a minute for connections', async () => {
  const { wake, pass, stop } = rig()
  wake()
  await pass(0)
  for (const _ of [1, 2, 3]) expect(await pass(15 * SECOND)).toEqual(['due'])
  expect(await pass(15 * SECOND)).toEqual(['due', 'unconnected'])
  expect(await pass(MINUTE / 4)).toEqual(['due'])
  await stop()
})

it('releasing looks for connections at once when one may be new', async () => {
  const { wake, wakeAll, pass, stop } = rig()
  wake()
  await pass(0)
  wake()
  expect(await pass(0)).toEqual(['due'])
  wakeAll()
  expect(await pass(0)).toEqual(['due', 'unconnected'])
  await stop()
})

it('releasing reports each look that queued something', async () => {
  const { wake, pass, stop, seen } = rig({ due: async () => true, unconnected: async () => true })
  wake()
  await pass(0)
  expect(seen.released).toBe(2)
  await stop()
})

it('releasing tries again after a second when it fails, and not after it was stopped', async () => {
  const { wake, pass, stop, failures } = rig({ due: () => Promise.reject(new Error('away')) })
  wake()
  await pass(0)
  expect(failures).toEqual(['release: Error: away'])
  expect(await pass(SECOND - 1)).toEqual([])
  expect(await pass(1)).toEqual(['due'])
  await stop()
  expect(vi.getTimerCount()).toBe(0)
  expect(await pass(MINUTE)).toEqual([])
})

it('releasing sets no timer when it is stopped during a look', async () => {
  const look = Promise.withResolvers<boolean>()
  const { wake, stop } = rig({ due: () => look.promise })
  wake()
  await settle()
  const stopped = stop()
  look.resolve(false)
  await stopped
  expect(vi.getTimerCount()).toBe(0)
})
