import type { Claimed, Job } from '../delivery/job.ts'
import type { Clock, Millis } from '../domain/time.ts'
import { PUT_OFF } from './door.ts'
import type { PumpParts } from './pump-parts.ts'
import { createRecalls } from './recalls.ts'

/** A delivery that waited for longer than this is read again before it starts: wishes may have changed. */
const FRESH: Millis = 1000

export interface ReadingParts extends Pick<PumpParts, 'load' | 'failed'> {
  clock: Clock
  /** The delivery goes back to the queue until then. */
  putOff(delivery: Claimed, until: Millis): void
}

export interface Reading {
  /** Deliveries are on their way into memory from now on. Returns the mark of this way, see `recalls.ts`. */
  begin(): number
  end(way: number): void
  during<T>(run: (way: number) => Promise<T>): Promise<T>
  /** Reads what their attempts need. Those that cannot be read, or were called off, are put off. */
  read(claimed: readonly Claimed[]): Promise<Job[]>
  /** To be asked in the turn in which a job comes into memory: whether it stays. One whose event was called off on the way is put off. */
  admit(job: Job, way: number): boolean
  /** Whether a job that is in memory may start as it was read. */
  isFresh(job: Job): boolean
  /** The deliveries of this event are called off. */
  recall(eventId: string): void
  /** Any delivery may have been called off: none is fresh. */
  lookAgain(): void
}

/** How deliveries come into memory, and how long what was read of them counts. */
export function createReading({ load, failed, putOff, clock }: ReadingParts): Reading {
  const recalls = createRecalls()
  let certain = new WeakSet<Job>()

  /** Those that cannot be read are left out, each alone. */
  async function loadAll(claimed: readonly Claimed[]): Promise<Job[]> {
    try {
      return await load(claimed)
    } catch (error) {
      if (claimed.length === 1) {
        failed(error)
        return []
      }
    }
    const jobs: Job[] = []
    for (const one of claimed) jobs.push(...(await loadAll([one])))
    return jobs
  }

  return {
    begin: recalls.begin,
    end: recalls.end,
    async during(run) {
      const way = recalls.begin()
      try {
        return await run(way)
      } finally {
        recalls.end(way)
      }
    },
    async read(claimed) {
      const jobs = await loadAll(claimed)
      const read = new Set(jobs.map(({ id }) => id))
      // Otherwise they would stay leased for as long as this process lives.
      for (const one of claimed) if (!read.has(one.id)) putOff(one, clock() + PUT_OFF)
      return jobs
    },
    admit(job, way) {
      if (recalls.has(job.eventId, way)) {
        putOff(job, clock())
        return false
      }
      if (!recalls.hasUnknown(way)) certain.add(job)
      return true
    },
    isFresh: (job) => certain.has(job) && clock() - job.readAt <= FRESH,
    recall: recalls.add,
    lookAgain() {
      recalls.addUnknown()
      certain = new WeakSet()
    },
  }
}
