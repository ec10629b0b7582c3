import type { Task } from '../domain/task.ts'
import { type Clock, MINUTE } from '../domain/time.ts'
import type { TaskPort } from '../flow/task-loop.ts'

/** Keeps planning tasks alive through storage failures. */
export interface Patience {
  /** Called with every error of the pipeline. */
  noticed(error: unknown): void
  /** The same port; no task is given up or counted as crashed because the storage failed. */
  with(tasks: TaskPort): TaskPort
}

/** No task is given up within this time after a storage failure, in milliseconds. */
const CALM = MINUTE

/**
 * A task that fails is retried a few times and then given up, and a task whose lease ends counts as crashed. A full disk or a lost connection
 * must cause neither, because an acknowledged event would be lost. So a task that failed with the storage is retried however often it was
 * tried, and a task that cannot be released now keeps its lease and is released with the next heartbeat.
 */
export function createPatience(isStorageFailure: (error: unknown) => boolean, clock: Clock): Patience {
  let failedAt = Number.NEGATIVE_INFINITY
  const noticed = (error: unknown): void => {
    if (isStorageFailure(error)) failedAt = clock()
  }

  return {
    noticed,
    with(tasks) {
      let owed: Task[] = []

      async function keeping(given: Task[], giveBack: () => Promise<void>): Promise<void> {
        try {
          await giveBack()
        } catch (error) {
          noticed(error)
          if (!isStorageFailure(error)) throw error
          owed.push(...given)
        }
      }

      async function release(given: Task[]): Promise<void> {
        const all = [...owed, ...given]
        owed = []
        await keeping(all, () => tasks.release(all))
      }

      return {
        ...tasks,
        release,
        fail(task, error) {
          const atLeastUntil = clock() - failedAt < CALM ? clock() + CALM : undefined
          return keeping([task], () => tasks.fail(task, error, atLeastUntil))
        },
        async heartbeat(kept) {
          if (owed.length > 0) await release([])
          await tasks.heartbeat([...kept, ...owed])
        },
      }
    },
  }
}
