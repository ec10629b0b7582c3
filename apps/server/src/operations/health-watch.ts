import { SECOND } from '../domain/time.ts'
import { createLoop } from '../flow/loop.ts'
import type { HealthIssues, KnownIssue } from '../storage/operations/health-issues.ts'

/** How often a node looks although it noticed nothing itself: another one may have. */
const EVERY = 15 * SECOND

/** Keeps what is wrong at hand, and has it told when it changes. */
export function createHealthWatch(issues: HealthIssues, failed: (what: string, error: unknown) => void) {
  let known: readonly KnownIssue[] = []
  const looking = createLoop(
    async () => {
      known = await issues.settle()
      return false
    },
    (error) => failed('the health watch', error),
  )
  let timer: NodeJS.Timeout | undefined
  return {
    /** The health of a connection may have changed. */
    wake: looking.wake,
    known: () => known,
    start(): void {
      timer = setInterval(looking.wake, EVERY)
      timer.unref()
      looking.wake()
    },
    async stop(): Promise<void> {
      clearInterval(timer)
      await looking.stop()
    },
  }
}

export type HealthWatch = ReturnType<typeof createHealthWatch>
