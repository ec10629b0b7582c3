import type { Clock, Millis } from '../domain/time.ts'

/** One timer for the earliest of the times that were asked for. */
export interface Alarm {
  /** Rings in `ms` milliseconds, at least one, unless it rings before. */
  within(ms: Millis): void
  stop(): void
}

export function createAlarm(clock: Clock, ring: () => void): Alarm {
  let timer: NodeJS.Timeout | undefined
  let due = 0

  return {
    within(ms) {
      const delay = Math.max(1, ms)
      const at = clock() + delay
      if (timer !== undefined && due <= at) return
      clearTimeout(timer)
      due = at
      timer = setTimeout(() => {
        timer = undefined
        ring()
      }, delay)
    },
    stop() {
      clearTimeout(timer)
      timer = undefined
    },
  }
}
