import { type Clock, MINUTE } from '../domain/time.ts'
import type { PipelineParts } from '../pipeline.ts'
import type { Task } from '../queue/queue.ts'

type Tasks = PipelineParts['tasks']

/** What planning does about a storage that fails for a while. */
export interface Patience {
  /** Some work failed, whatever it was. */
  noticed(error: unknown): void
  /** The same tasks, of which none is given up or counted as crashed for what the storage did. */
  with(tasks: Tasks): Tasks
}

/** So long after a failure of the storage no task is given up. */
const CALM = MINUTE

/**
 * A task that fails is tried again a few times and then given up, and one whose lease ends counts as a crash. Neither may follow from a
 * full disk or a lost connection: an event that was acknowledged would be lost. So a task whose storage failed comes again however often
 * it was tried, and one that cannot be handed back stays in hand, leased, and is handed back with the next heartbeat.
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
        fail(task, error, retryAt) {
          const again = retryAt === null && clock() - failedAt < CALM ? clock() + CALM : retryAt
          return keeping([task], () => tasks.fail(task, error, again))
        },
        async heartbeat(kept) {
          if (owed.length > 0) await release([])
          await tasks.heartbeat([...kept, ...owed])
        },
      }
    },
  }
}
