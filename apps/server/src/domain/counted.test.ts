import { expect, it } from 'vitest'
import { counted, nounFor } from './counted.ts'

it('a count has its noun, and its verb, in the right number', () => {
  expect([0, 1, 2, 1000].map((n) => counted(n, 'event'))).toEqual(['0 events', '1 event', '2 events', '1000 events'])
  expect([1, 3].map((n) => counted(n, 'entry', 'entries'))).toEqual(['1 entry', '3 entries'])
  expect([0, 1, 2].map((n) => nounFor(n, 'waits', 'wait'))).toEqual(['wait', 'waits', 'wait'])
})
