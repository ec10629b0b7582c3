import { expect, it } from 'vitest'
import { turns } from './rounds.ts'

it('measures A and B by turns, and each is the first in every second round', () => {
  expect(turns(4).flat().join('')).toBe('ABBAABBA')
  expect(turns(3).flat().join('')).toBe('ABBAAB')
})
