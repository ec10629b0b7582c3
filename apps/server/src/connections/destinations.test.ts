import { beforeEach, expect, it } from 'vitest'
import { MINUTE } from '../domain/time.ts'
import { createDestinations } from './destinations.ts'

let now: number
let dropped: object[]
beforeEach(() => {
  now = 0
  dropped = []
})

/** Nothing in these forms is secret. */
const rig = (most?: number) => {
  const destinationOf = createDestinations({
    providers: [],
    open: (_schema, value) => value,
    clock: () => now,
    dropped: (value) => void dropped.push(value),
    ...(most !== undefined && { most }),
  })
  return (id: string, url: string, updatedAt = 1) => destinationOf('webhook', { id, body: JSON.stringify({ url }), updatedAt })
}

it('gives the same frozen fields until the row changes, and says which are not handed out any more', () => {
  const get = rig()
  const first = get('dst_a', 'https://a.example')
  expect([get('dst_a', 'https://a.example'), Object.isFrozen(first)]).toEqual([first, true])
  expect(get('dst_a', 'https://a.example')).toBe(first)
  const next = get('dst_a', 'https://b.example', 2)
  expect(next).toEqual({ url: 'https://b.example' })
  expect(dropped).toEqual([first])
  expect(get('dst_a', 'https://b.example', 2)).toBe(next)
})

it('drops the one that was asked for longest ago when there are too many', () => {
  const get = rig(2)
  const [a, b] = [get('dst_a', 'a'), get('dst_b', 'b')]
  get('dst_a', 'a')
  get('dst_c', 'c')
  expect(dropped).toEqual([b])
  expect(get('dst_a', 'a')).toBe(a)
})

it('drops those that nobody asked for in ten minutes: their row may be gone', () => {
  const get = rig()
  const a = get('dst_a', 'a')
  now = 10 * MINUTE
  get('dst_b', 'b')
  expect(dropped).toEqual([])
  now++
  get('dst_b', 'b')
  expect(dropped).toEqual([a])
})
