import { NOON } from '../../domain/testing/samples.ts'
import type { Clock, Millis } from '../../domain/time.ts'
import type { Timers } from '../timers.ts'

/** A clock and timers that only a test moves. */
export interface HandTimers extends Timers {
  clock: Clock
  /** Moves the clock and calls the timers that come due on the way, each at its time. */
  advance(ms: Millis): void
  /** Timers that are set. */
  pending(): number
  /** Timers of those that were set by `after`. */
  waiting(): number
}

export function createHandTimers(): HandTimers {
  let now = NOON
  const timers = new Set<{ at: Millis; every: Millis | null; run: () => void }>()
  function set(ms: Millis, every: Millis | null, run: () => void): () => void {
    const timer = { at: now + ms, every, run }
    timers.add(timer)
    return () => void timers.delete(timer)
  }
  return {
    clock: () => now,
    every: (ms, run) => set(ms, ms, run),
    after: (ms, run) => set(ms, null, run),
    advance(ms) {
      const end = now + ms
      for (;;) {
        const due = [...timers].filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)[0]
        if (due === undefined) break
        now = Math.max(now, due.at)
        if (due.every === null) timers.delete(due)
        else due.at += due.every
        due.run()
      }
      now = end
    },
    pending: () => timers.size,
    waiting: () => [...timers].filter(({ every }) => every === null).length,
  }
}
