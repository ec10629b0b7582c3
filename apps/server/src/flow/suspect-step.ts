import type { Claimed, Job } from '../delivery/job.ts'
import type { Clock, Millis } from '../domain/time.ts'
import type { Door } from './door.ts'
import type { Reading } from './reading.ts'

export interface SuspectStepParts {
  clock: Clock
  /** Claims the next suspect; null when there is none, or when another loop has the turn. */
  claim(): Promise<Claimed | null>
  reading: Pick<Reading, 'during' | 'read' | 'admit' | 'isFresh'>
  door: Pick<Door, 'enterBeside'>
  /** The delivery goes back to the queue until then. */
  putOff(delivery: Claimed, until: Millis): void
  /** The whole attempt, until its outcome waits to be recorded. */
  run(job: Job): Promise<void>
  /** Resolves when all outcomes so far are recorded. */
  flush(): Promise<void>
  /** The next suspect may run beside this one; see `SuspectTurn.letNext`. */
  letNext(): () => void
  isStopping(): boolean
}

/** An attempt of more milliseconds waits for its receiver: its request is out, and what kills a process while it renders or signs has done so. */
const LONG: Millis = 1000

/**
 * One delivery that was in flight when a process died. No other suspect runs beside it, so that a death is not attributed to several: beside one that was
 * there at two deaths until its end, beside one of a single death for a second. Those that are there together at the next death have two, and are tried
 * without each other from then on. So no third death is that of another suspect. It may be that of a new delivery or come from outside: these go on
 * beside suspects, since holding up everything would cost more than a retry by hand of what was quarantined wrongly.
 * Returns whether there may be more.
 */
export function createSuspectStep({ clock, claim, reading, door, putOff, run, flush, letNext, isStopping }: SuspectStepParts): () => Promise<boolean> {
  async function attempt(job: Job): Promise<void> {
    const until = isStopping() || !reading.isFresh(job) ? clock() : door.enterBeside(job)
    if (until !== null) return putOff(job, until)
    const ended = run(job)
    if (job.crashes > 1 || (await isOver(ended, LONG))) return await ended
    const over = letNext()
    void ended.then(flush).finally(over)
  }

  return () =>
    reading.during(async (way) => {
      if (isStopping()) return false
      const claimed = await claim()
      if (claimed === null) return false
      for (const job of await reading.read([claimed])) if (reading.admit(job, way)) await attempt(job)
      await flush()
      return !isStopping()
    })
}

/** Whether it ends within that time. */
async function isOver(work: Promise<void>, within: Millis): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<boolean>((resolve) => {
    timer = setTimeout(resolve, within, false)
  })
  try {
    return await Promise.race([work.then(() => true), late])
  } finally {
    clearTimeout(timer)
  }
}
