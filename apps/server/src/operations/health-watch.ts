import { createLoop } from '../flow/loop.ts'
import type { HealthIssues, KnownIssue } from '../storage/operations/health-issues.ts'

/** Keeps the present health issues of the channels, and reports an event when one appears, changes or is over. */
export function createHealthWatch(issues: HealthIssues, failed: (what: string, error: unknown) => void) {
  let known: readonly KnownIssue[] = []
  const looking = createLoop(
    async () => {
      known = await issues.settle()
      return false
    },
    (error) => failed('the health watch', error),
  )
  return {
    /** It is woken when the health of a connection may have changed, and at intervals because another node may have noticed it. */
    ...looking,
    known: () => known,
  }
}

export type HealthWatch = ReturnType<typeof createHealthWatch>
