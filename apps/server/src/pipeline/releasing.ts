import { type Clock, MINUTE, type Millis, SECOND } from '../domain/time.ts'
import { createLoop } from '../flow/loop.ts'
import type { Release } from './release.ts'

/** Longest sleep: another node may have held a delivery and ended since. */
const LONGEST_SLEEP = 15 * SECOND
/** How often deliveries without a connection are checked although none was saved. */
const LOOK_EVERY = MINUTE

export interface ReleasingParts {
  clock: Clock
  failed(what: string, error: unknown): void
}

export interface Releasing {
  /** A delivery was held: look, and sleep until the next one's time. */
  wake(): void
  /** There may be a new connection: also look at deliveries that wait for one. */
  wakeAll(): void
  stop(): Promise<void>
}

/** Runs `release` when the next held delivery is due. `released` is called when something was queued. */
export function createReleasing(release: Release, { clock, failed }: ReleasingParts, released: () => void): Releasing {
  let lookAt: Millis = 0
  let timer: NodeJS.Timeout | undefined
  let stopped = false

  const loop = createLoop(
    async () => {
      clearTimeout(timer)
      if (await release.due()) released()
      // A clock that was set back must not keep it from looking for longer than its period.
      if (clock() >= lookAt || lookAt - clock() > LOOK_EVERY) {
        // Before the look, so that one that is asked for meanwhile comes after it.
        lookAt = clock() + LOOK_EVERY
        if (await release.unconnected()) released()
      }
      const next = await release.nextHeld()
      sleep(Math.min(next ?? Number.POSITIVE_INFINITY, lookAt) - clock())
      return false
    },
    (error) => {
      failed('release', error)
      // The look for a new connection may be the one that failed.
      lookAt = 0
      sleep(SECOND)
    },
  )

  function sleep(ms: Millis): void {
    if (stopped) return
    clearTimeout(timer)
    timer = setTimeout(loop.wake, Math.max(1, Math.min(ms, LONGEST_SLEEP)))
  }

  return {
    wake: loop.wake,
    wakeAll() {
      lookAt = 0
      loop.wake()
    },
    async stop() {
      stopped = true
      clearTimeout(timer)
      await loop.stop()
    },
  }
}
