import { expect, it } from 'vitest'
import { NOON } from '../domain/testing/samples.ts'
import { HOUR, MINUTE } from '../domain/time.ts'
import { nextTurn } from '../flow/loop.ts'
import { createReleasing } from './releasing.ts'

/** Counts the looks for deliveries without a connection. */
function createWorld() {
  const world = { now: NOON, looks: 0, failures: [] as unknown[] }
  const release = {
    due: async () => false,
    unconnected: async () => {
      world.looks++
      return false
    },
    nextHeld: async () => null,
  }
  const releasing = createReleasing(release, { clock: () => world.now, failed: (_, error) => void world.failures.push(error) }, () => {})
  const wakeAt = async (now: number) => {
    world.now = now
    releasing.wake()
    for (let turn = 0; turn < 5; turn++) await nextTurn()
    return world.looks
  }
  return { releasing, wakeAt }
}

it('deliveries without a connection are checked once a minute, also after the clock was set back', async () => {
  const { releasing, wakeAt } = createWorld()
  expect(await wakeAt(NOON)).toBe(1)
  expect(await wakeAt(NOON + MINUTE - 1)).toBe(1)
  expect(await wakeAt(NOON + MINUTE)).toBe(2)
  expect(await wakeAt(NOON - HOUR)).toBe(3)
  expect(await wakeAt(NOON - HOUR + MINUTE - 1)).toBe(3)
  expect(await wakeAt(NOON - HOUR + MINUTE)).toBe(4)
  await releasing.stop()
})
