import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { createPace } from './pace.ts'
import { createRecorder } from './recorder.ts'
import { gate, settle, until } from './testing/turns.ts'

beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] }))
afterEach(() => void vi.useRealTimers())

const numbers = (count: number) => Array.from({ length: count }, (_, i) => i)

/** Writes into `written` unless `refuses` says no. */
function recording(refuses: (results: number[]) => boolean = () => false) {
  const written: number[][] = []
  const errors: { message: string; results: number[] }[] = []
  const recorder = createRecorder<number>(
    async (results) => {
      if (refuses(results)) throw new Error('no')
      written.push(results)
    },
    (error, results) => errors.push({ message: String(error), results }),
    createPace,
  )
  return { recorder, written, errors }
}

it('writes results of 4 ms together', async () => {
  const { recorder, written } = recording()
  recorder.add(1)
  vi.advanceTimersByTime(3)
  recorder.add(2)
  await settle()
  expect(written).toEqual([])
  vi.advanceTimersByTime(1)
  await until(() => written.length === 1)
  expect(written).toEqual([[1, 2]])
})

it('writes 64 results without waiting for the timer', async () => {
  const { recorder, written } = recording()
  for (const n of numbers(64)) recorder.add(n)
  await until(() => written.length === 1)
  expect(written).toEqual([numbers(64)])
})

it('writes one group after the other, and all of it', async () => {
  const disk = gate()
  const groups: number[][] = []
  const recorder = createRecorder<number>(
    async (results) => {
      groups.push(results)
      if (groups.length === 1) await disk.opened
    },
    (error) => {
      throw error
    },
    createPace,
  )
  for (const n of numbers(64)) recorder.add(n)
  await until(() => groups.length === 1)
  for (const n of numbers(65)) recorder.add(n)
  await settle()
  expect(groups).toHaveLength(1)
  disk.open()
  await until(() => groups.length === 2)
  expect(groups.map(({ length }) => length)).toEqual([64, 65])
})

it('flushes at once, and waits for the write in progress', async () => {
  const disk = gate()
  const groups: number[][] = []
  const recorder = createRecorder<number>(
    async (results) => {
      groups.push(results)
      await disk.opened
    },
    (error) => {
      throw error
    },
    createPace,
  )
  await recorder.flush()
  recorder.add(1)
  let flushed = 0
  const first = recorder.flush().then(() => flushed++)
  await until(() => groups.length === 1)
  recorder.add(2)
  const second = recorder.flush().then(() => flushed++)
  await settle()
  expect(flushed).toBe(0)
  disk.open()
  await Promise.all([first, second])
  expect(groups).toEqual([[1], [2]])
})

it('writes the others when one result is refused', async () => {
  const { recorder, written, errors } = recording((results) => results.includes(13))
  for (const n of [1, 13, 2]) recorder.add(n)
  vi.advanceTimersByTime(4)
  await until(() => written.length === 2)
  expect(written).toEqual([[1], [2]])
  expect(errors).toEqual([{ message: 'Error: no', results: [1, 13, 2] }])
})

it('keeps results that could not be written and tries again a second later', async () => {
  let down = true
  const { recorder, written, errors } = recording(() => down)
  recorder.add(1)
  vi.advanceTimersByTime(4)
  await until(() => errors.length === 1)
  await settle()
  vi.advanceTimersByTime(999)
  await settle()
  expect(errors).toHaveLength(1)
  down = false
  vi.advanceTimersByTime(1)
  await until(() => written.length === 1)
  expect(written).toEqual([[1]])
})

it('keeps results that a flush could not write, and those kept before', async () => {
  let down = true
  const { recorder, written } = recording(() => down)
  recorder.add(1)
  await recorder.flush()
  recorder.add(2)
  await recorder.flush()
  down = false
  vi.advanceTimersByTime(1000)
  await until(() => written.length === 1)
  expect(written).toEqual([[1, 2]])
})

it('ends although every write fails, and leaves no timer behind', async () => {
  const { recorder, errors } = recording(() => true)
  recorder.add(1)
  await recorder.end()
  expect(errors).toEqual([{ message: 'Error: no', results: [1] }])
  expect(vi.getTimerCount()).toBe(0)
})
