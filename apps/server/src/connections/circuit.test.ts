import { expect, it } from 'vitest'
import { NOON } from '../domain/testing/samples.ts'
import { MINUTE, SECOND } from '../domain/time.ts'
import { OPEN_AFTER, probeAt } from './circuit.ts'
import { healthy } from './health.ts'

const failing = (failures: number, blockedUntil: number | null = null) => ({ ...healthy('dst_1'), failures, blockedUntil })

it('sends to a destination without a limit until it failed five times in a row', () => {
  expect(OPEN_AFTER).toBe(5)
  expect(probeAt(failing(0), NOON)).toBeNull()
  expect(probeAt(failing(4), NOON)).toBeNull()
})

it.each([
  [5, 30 * SECOND],
  [6, MINUTE],
  [7, 2 * MINUTE],
  [8, 4 * MINUTE],
  [9, 5 * MINUTE],
  [5000, 5 * MINUTE],
])('after %i failures the next probe comes in %i ms', (failures, wait) => {
  expect(probeAt(failing(failures), NOON)).toBe(NOON + wait)
})

it('probes no earlier than the end of a block, and ignores a block that is over', () => {
  expect(probeAt(failing(1, NOON + 1), NOON)).toBe(NOON + 1)
  expect(probeAt(failing(9, NOON + 3 * 60 * MINUTE), NOON)).toBe(NOON + 3 * 60 * MINUTE)
  expect(probeAt(failing(1, NOON), NOON)).toBeNull()
})
