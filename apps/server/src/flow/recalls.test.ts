import { expect, it } from 'vitest'
import { createRecalls } from './recalls.ts'

it('a recall concerns the ways that were open at its time, and none that begins later', () => {
  const recalls = createRecalls()
  const before = recalls.begin()
  recalls.add('evt_1')
  const after = recalls.begin()
  recalls.add('evt_2')
  expect(['evt_1', 'evt_2', 'evt_3'].map((id) => recalls.has(id, before))).toEqual([true, true, false])
  expect(['evt_1', 'evt_2'].map((id) => recalls.has(id, after))).toEqual([false, true])
})

it('a second recall of an event counts from its own time', () => {
  const recalls = createRecalls()
  recalls.begin()
  recalls.add('evt_1')
  const between = recalls.begin()
  recalls.add('evt_1')
  expect(recalls.has('evt_1', between)).toBe(true)
})

it('a recall is remembered until the last way of its time has ended, however many there are', () => {
  const recalls = createRecalls()
  const ways = [recalls.begin(), recalls.begin()]
  recalls.add('evt_1')
  recalls.end(ways[0]!)
  expect(recalls.has('evt_1', ways[1]!)).toBe(true)
  recalls.begin()
  recalls.end(ways[1]!)
  expect(recalls.has('evt_1', ways[1]!)).toBe(false)
})

it('a recall of something unknown concerns the ways that were open at its time', () => {
  const recalls = createRecalls()
  const before = recalls.begin()
  recalls.addUnknown()
  expect([before, recalls.begin()].map(recalls.hasUnknown)).toEqual([true, false])
})
