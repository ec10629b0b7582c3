import { expect, it } from 'vitest'
import { createAtMost } from './at-most.ts'

it('at most: lets the first of each kind through at once, then one in each period with the number that was held back', () => {
  let now = 0
  const turn = createAtMost(() => now, 1000)
  expect([turn('a'), turn('a'), turn('a'), turn('b')]).toEqual([0, null, null, 0])
  now = 999
  expect(turn('a')).toBeNull()
  now = 1000
  expect([turn('a'), turn('a'), turn('b')]).toEqual([3, null, 0])
})

it('at most: remembers a bounded number of kinds', () => {
  const turn = createAtMost(() => 0, 1000)
  for (let n = 0; n < 1000; n++) turn(`kind ${n}`)
  expect(turn('kind 0')).toBeNull()
  turn('one too many')
  expect(turn('kind 0')).toBe(0)
})

it('at most: several lines of a kind in each period', () => {
  let now = 0
  const turn = createAtMost(() => now, 1000, 3)
  expect([turn('a'), turn('a'), turn('a'), turn('a'), turn('a'), turn('b')]).toEqual([0, 0, 0, null, null, 0])
  now = 1000
  expect([turn('a'), turn('a'), turn('a'), turn('a')]).toEqual([2, 0, 0, null])
})

it('at most: a clock that is set back holds no line back for longer than a period', () => {
  let now = 3_600_000
  const turn = createAtMost(() => now, 1000)
  expect([turn('a'), turn('a')]).toEqual([0, null])
  now = 0
  expect([turn('a'), turn('a')]).toEqual([1, null])
})
