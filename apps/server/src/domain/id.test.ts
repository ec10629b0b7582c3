import { expect, it } from 'vitest'
import { idFloor, isId, newId } from './id.ts'
import { NOON } from './testing/samples.ts'

const millisOf = (id: string): number => Number.parseInt(id.slice(4, 16), 16)
/** Other test files may have made ids in this process, at later times than ours: ids never go back. */
const latest = (): number => millisOf(newId('evt', 0))

it('an id is a prefix and a UUID of version 7', () => {
  const id = newId('evt', NOON)
  expect(id).toMatch(/^evt_[0-9a-f]{12}7[0-9a-f]{3}[89ab][0-9a-f]{15}$/)
  expect(isId('evt', id)).toBe(true)
  expect(isId('dlv', id)).toBe(false)
  expect(isId('evt', `${id}0`)).toBe(false)
})

it('an id contains the millisecond in which it was made', () => {
  const later = latest() + 1000
  expect(millisOf(newId('evt', later))).toBe(later)
})

it('ids sort in the order in which they were made: inside a millisecond, past 4,096 of them, and when the clock goes back', () => {
  const at = latest() + 1000
  const ids = [...Array.from({ length: 5000 }, () => newId('ntf', at)), newId('ntf', at - 60_000), newId('ntf', at + 60_000)]
  expect([...ids].sort()).toEqual(ids)
  expect(new Set(ids).size).toBe(ids.length)
})

it('idFloor is above every id made earlier and not above any made at that time or later, also when the clock goes back', () => {
  const at = latest() + 1000
  const [before, then, after, back] = [newId('dlv', at - 1), newId('dlv', at), newId('dlv', at + 1), newId('dlv', at)]
  const floor = idFloor('dlv', at)
  expect([before, then, after, back].map((id) => id >= floor)).toEqual([false, true, true, true])
  expect(newId('dlv', 0) >= idFloor('dlv', -5)).toBe(true)
})
