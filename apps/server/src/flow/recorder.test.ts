import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { nextTurn } from './loop.ts'
import { createPace } from './pace.ts'
import { createRecorder } from './recorder.ts'
import { gate, settle, until } from './testing/turns.ts'

beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] }))
afterEach(() => void vi.useRealTimers())

const numbers = (count: number) => Array.from({ length: count }, (_, i) => i)

class StorageError extends Error {}
const isStorageFailure = (error: unknown) => error instanceof StorageError

/** Writes into `written` unless `refuses` says no. */
function recording(refuses: (results: number[]) => boolean = () => false, refusal: () => Error = () => new Error('no')) {
  const written: number[][] = []
  const errors: { message: string; results: number[] }[] = []
  const recorder = createRecorder<number>({
    async write(results) {
      if (refuses(results)) throw refusal()
      written.push(results)
    },
    failed: (error, results) => errors.push({ message: String(error), results }),
    isStorageFailure,
    grouping: createPace,
  })
  return { recorder, written, errors }
}

/** Nothing fails. */
const slow = (write: (results: number[]) => Promise<void>) =>
  createRecorder<number>({
    write,
    failed(error) {
      throw error
    },
    isStorageFailure,
    grouping: createPace,
  })

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
  const recorder = slow(async (results) => {
    groups.push(results)
    if (groups.length === 1) await disk.opened
  })
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
  const recorder = slow(async (results) => {
    groups.push(results)
    await disk.opened
  })
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
  expect(errors.map(({ results }) => results)).toEqual([[1, 13, 2], [13]])
})

it('resolves a flush although a result is added during every write', async () => {
  const groups: number[][] = []
  let busy = true
  const recorder = slow(async (results) => {
    groups.push(results)
    // More than are waited for: the next group begins at once.
    if (busy) for (const n of numbers(64)) recorder.add(n)
    await nextTurn()
  })
  recorder.add(1)
  let flushed = false
  void recorder.flush().then(() => {
    flushed = true
  })
  await until(() => flushed, 100)
  expect(groups[0]).toEqual([1])
  // One that finds nothing waiting joins the group that is being written.
  let again = false
  void recorder.flush().then(() => {
    again = true
  })
  await until(() => again, 100)
  busy = false
})

it('tries no result alone when the storage itself failed, and stops when it fails meanwhile', async () => {
  const tried: number[][] = []
  const failing = (isRow: (tried: number) => boolean) =>
    createRecorder<number>({
      async write(results) {
        tried.push(results)
        throw isRow(tried.length) ? new Error('no') : new StorageError('full')
      },
      failed() {},
      isStorageFailure,
      grouping: createPace,
    })
  const full = failing(() => false)
  for (const n of [1, 2, 3]) full.add(n)
  await full.flush()
  expect(tried.splice(0)).toEqual([[1, 2, 3]])
  const later = failing((n) => n <= 2)
  for (const n of [1, 2, 3]) later.add(n)
  await later.flush()
  expect(tried).toEqual([[1, 2, 3], [1], [2]])
})

it('tries a result that is always refused alone, after 1, 2, 4 … and at most 60 seconds, and no group with it', async () => {
  const { recorder, written, errors } = recording((results) => results.includes(13))
  recorder.add(13)
  await recorder.flush()
  for (const seconds of [1, 2, 4, 8, 16, 32, 60, 60]) {
    const tried = errors.length
    vi.advanceTimersByTime(seconds * 1000 - 1)
    await settle()
    expect(errors).toHaveLength(tried)
    recorder.add(seconds)
    vi.advanceTimersByTime(1)
    await recorder.flush()
    await until(() => errors.length === tried + 1)
    await settle()
    expect(written.at(-1)).toEqual([seconds])
  }
  expect(new Set(errors.map(({ results }) => String(results)))).toEqual(new Set(['13']))
})

it('tries what the storage refused once a second, one by one', async () => {
  let down = true
  const { recorder, written, errors } = recording(
    () => down,
    () => new StorageError('away'),
  )
  for (const n of [1, 2]) recorder.add(n)
  await recorder.flush()
  for (const tried of [2, 3, 4]) {
    vi.advanceTimersByTime(1000)
    await until(() => errors.length === tried)
    await settle()
  }
  down = false
  vi.advanceTimersByTime(1000)
  await until(() => written.length === 2)
  expect(written).toEqual([[1], [2]])
  expect(errors).toHaveLength(4)
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

it('keeps results that a flush could not write, and writes them at the end', async () => {
  let down = true
  const { recorder, written } = recording(() => down)
  recorder.add(1)
  await recorder.flush()
  recorder.add(2)
  await recorder.flush()
  expect(written).toEqual([])
  down = false
  recorder.add(3)
  await recorder.end()
  expect(written.map(String).sort()).toEqual(['1', '2', '3'])
  expect(vi.getTimerCount()).toBe(0)
})

it('ends although every write fails, and leaves no timer behind', async () => {
  const { recorder, errors } = recording(() => true)
  recorder.add(1)
  await recorder.end()
  expect(errors).toEqual([{ message: 'Error: no', results: [1] }])
  expect(vi.getTimerCount()).toBe(0)
})

it('writes what comes while it ends, and nothing that comes later', async () => {
  const let1 = gate()
  const written: number[][] = []
  const recorder = slow(async (results) => {
    if (written.length === 0) await let1.opened
    written.push(results)
  })
  recorder.add(1)
  const ended = recorder.end()
  await settle()
  recorder.add(2)
  let1.open()
  await ended
  recorder.add(3)
  await vi.advanceTimersByTimeAsync(1000)
  expect([written, vi.getTimerCount()]).toEqual([[[1], [2]], 0])
})

it('tries what was kept one after the other, also when it comes due at the same time', async () => {
  const writes: { result: number; end(): void }[] = []
  let down = true
  const recorder = createRecorder<number>({
    async write([result]) {
      if (down) throw new Error('no')
      const write = gate()
      writes.push({ result: result!, end: () => write.open() })
      await write.opened
    },
    failed() {},
    isStorageFailure,
    grouping: createPace,
  })
  for (const n of [1, 2]) {
    recorder.add(n)
    await recorder.flush()
  }
  down = false
  vi.advanceTimersByTime(1000)
  await settle()
  expect(writes.map(({ result }) => result)).toEqual([1])
  writes[0]!.end()
  await until(() => writes.length === 2)
  writes[1]!.end()
  await recorder.end()
})
