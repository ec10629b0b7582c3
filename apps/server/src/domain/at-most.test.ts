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
