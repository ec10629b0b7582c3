import { expect, it } from 'vitest'
import type { Job } from '../delivery/job.ts'
import { aJob } from '../delivery/testing/job.ts'
import { anEvent } from '../domain/testing/samples.ts'
import { Ready } from './ready.ts'

const job = (id: string, priority: Job['event']['priority'] = 'medium') => aJob({ id, event: anEvent({ priority }) })
const all = (ready: Ready): string[] => {
  const ids: string[] = []
  for (let one = ready.shift(); one; one = ready.shift()) ids.push(one.id)
  return ids
}

it('gives urgent deliveries first, and every fourth as they came', () => {
  const ready = new Ready()
  ready.push(...['a', 'b', 'c'].map((id) => job(id)), ...['u', 'v', 'w', 'x', 'y'].map((id) => job(id, 'urgent')))
  expect(ready.length).toBe(8)
  expect(all(ready)).toEqual(['u', 'v', 'w', 'a', 'x', 'y', 'b', 'c'])
  expect(ready.length).toBe(0)
})

it('gives those first whose turn came before', () => {
  const ready = new Ready()
  ready.push(job('u', 'urgent'), job('a'))
  ready.unshift(job('first'), job('second'))
  expect(all(ready)).toEqual(['first', 'second', 'u', 'a'])
})

it('takes out what fits and keeps the order of the rest', () => {
  const ready = new Ready()
  ready.push(job('a'), job('u', 'urgent'), job('b'), job('c'))
  ready.unshift(job('f'))
  expect(ready.shift()?.id).toBe('f')
  ready.unshift(job('g'))
  expect(ready.take(({ id }) => 'agu'.includes(id)).map(({ id }) => id)).toEqual(['g', 'u', 'a'])
  expect(ready.length).toBe(2)
  expect(all(ready)).toEqual(['b', 'c'])
})

it('takes back what was taken out, each before those that are as urgent', () => {
  const ready = new Ready()
  ready.push(job('a'), job('u', 'urgent'), job('b'))
  const old = ready.take(({ id }) => id !== 'b')
  ready.push(job('v', 'urgent'))
  ready.putBack(old)
  expect(all(ready)).toEqual(['u', 'v', 'a', 'b'])
})

it('moves each delivery a bounded number of times', () => {
  const steps = (count: number) => {
    let moved = 0
    const ready = new Ready()
    const slice = Array.prototype.slice
    Array.prototype.slice = function counted(...given: [number?, number?]) {
      const copy = slice.apply(this, given)
      moved += copy.length
      return copy
    }
    try {
      ready.push(...Array.from({ length: count }, (_, i) => job(`j${i}`)))
      all(ready)
    } finally {
      Array.prototype.slice = slice
    }
    return moved
  }
  expect(steps(4000)).toBeLessThanOrEqual(2.5 * steps(2000))
})
