import { expect, it } from 'vitest'
import { createWalks, type Walk } from './walks.ts'

const walk = (ref: string, priority: number): Walk => ({ task: { id: `task-${ref}`, name: 'fan-out', ref, attempt: 1 }, priority })

/** Whose turn it was, chunk by chunk, when each walk has more chunks than `count`. */
function turns(walks: Walk[], count: number): string[] {
  const hand = createWalks()
  hand.add(walks)
  return Array.from({ length: count }, () => {
    const next = hand.take()!
    hand.add([next])
    return next.task.ref
  })
}

it('takes turns between walks of the same priority', () => {
  expect(turns([walk('a', 1), walk('b', 1), walk('c', 1)], 7).join('')).toBe('abcabca')
})

it('takes the most urgent walk first, and every fourth time the one that has waited longest', () => {
  expect(turns([walk('l', 0), walk('m', 1), walk('u', 3), walk('U', 3)], 12).join('')).toBe('uUulUuUmuUul')
})

it('removes a walk until it is added again, and all when it is cleared', () => {
  const hand = createWalks()
  expect(hand.take()).toBeNull()
  hand.add([walk('a', 1), walk('b', 2)])
  expect(hand.take()!.task.ref).toBe('b')
  expect(hand.tasks().map(({ ref }) => ref)).toEqual(['a'])
  expect(hand.clear().map(({ ref }) => ref)).toEqual(['a'])
  expect(hand.tasks()).toEqual([])
})
