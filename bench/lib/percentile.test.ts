import { expect, it } from 'vitest'
import { percentile } from './percentile.ts'

it.each([
  [50, 3],
  [99, 5],
  [20, 1],
  [21, 2],
  [100, 5],
])('percentile %s of five values is %s', (percent, value) => {
  expect(percentile([5, 3, 1, 2, 4], percent)).toBe(value)
})

it('is no number without values', () => {
  expect(percentile([], 50)).toBeNaN()
})
