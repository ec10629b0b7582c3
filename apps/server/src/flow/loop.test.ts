import { expect, it } from 'vitest'
import { createLoop } from './loop.ts'
import { gate, settle, until } from './testing/turns.ts'

const unexpected = (error: unknown) => {
  throw error
}

it('runs until there is nothing left', async () => {
  const left = [1, 2, 3]
  const done: number[] = []
  const stage = createLoop(async () => {
    const one = left.shift()
    if (one !== undefined) done.push(one)
    return left.length > 0
  }, unexpected)
  stage.wake()
  await until(() => left.length === 0)
  expect(done).toEqual([1, 2, 3])
})

it('never runs twice at once, however often it is woken', async () => {
  let running = 0
  let most = 0
  let steps = 0
  const stage = createLoop(async () => {
    most = Math.max(most, ++running)
    await settle(2)
    running--
    return ++steps < 5
  }, unexpected)
  for (let i = 0; i < 10; i++) {
    stage.wake()
    await settle(1)
  }
  await until(() => steps >= 5 && running === 0)
  await settle()
  expect(most).toBe(1)
})

it('does not miss work that arrives during the last look', async () => {
  const work: string[] = []
  const seen: string[][] = []
  const looking = gate()
  const stage = createLoop(async () => {
    const found = [...work]
    if (seen.length === 0) await looking.opened
    seen.push(found)
    return false
  }, unexpected)
  stage.wake()
  await settle(2)
  work.push('late')
  stage.wake()
  looking.open()
  await until(() => seen.length === 2)
  expect(seen).toEqual([[], ['late']])
  await settle()
  expect(seen).toHaveLength(2)
})

it('reports an error and starts afresh at the next wake', async () => {
  const errors: unknown[] = []
  let runs = 0
  const stage = createLoop(
    async () => {
      if (++runs === 1) throw new Error('once')
      return false
    },
    (error) => errors.push(error),
  )
  stage.wake()
  await until(() => errors.length === 1)
  expect(runs).toBe(1)
  stage.wake()
  await until(() => runs === 2)
  expect(errors).toEqual([new Error('once')])
})

it('remembers a wake that came during a run that failed', async () => {
  const errors: unknown[] = []
  const failing = gate()
  let runs = 0
  const stage = createLoop(
    async () => {
      if (++runs > 1) return false
      await failing.opened
      throw new Error('once')
    },
    (error) => errors.push(error),
  )
  stage.wake()
  await settle(2)
  stage.wake()
  failing.open()
  await until(() => runs === 2)
  expect(errors).toHaveLength(1)
})

it('stops after the running step and ignores later wakes', async () => {
  const step = gate()
  let runs = 0
  const stage = createLoop(async () => {
    runs++
    await step.opened
    return true
  }, unexpected)
  stage.wake()
  await settle(2)
  let stopped = false
  const stopping = stage.stop().then(() => {
    stopped = true
  })
  await settle()
  expect(stopped).toBe(false)
  step.open()
  await stopping
  stage.wake()
  await settle()
  expect(runs).toBe(1)
})
