import { expect, it } from 'vitest'
import { afterConflict } from './after-conflict.ts'
import { type FailureKind, StorageFailure } from './dialects/storage-error.ts'

/** Fails so many times, then gives the number of its runs. */
function failing(times: number, kind: FailureKind): { run(): Promise<number>; runs(): number } {
  let runs = 0
  return {
    async run() {
      if (++runs <= times) throw new StorageFailure(kind, 'undone', null)
      return runs
    },
    runs: () => runs,
  }
}

it('a transaction that was undone for a conflict is run again, five times at most', async () => {
  expect(await afterConflict(failing(4, 'conflict').run)).toBe(5)
  await expect(afterConflict(failing(5, 'conflict').run)).rejects.toThrow('undone')
})

it('a transaction that failed for another reason is not run again', async () => {
  const work = failing(1, 'unavailable')
  await expect(afterConflict(work.run)).rejects.toThrow('undone')
  expect(work.runs()).toBe(1)
})
