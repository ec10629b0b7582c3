import type { Millis } from '../domain/time.ts'

/** The source of waiting. Each function returns one that cancels it. Tests pass timers that they advance by hand. */
export interface Timers {
  every(ms: Millis, run: () => void): () => void
  after(ms: Millis, run: () => void): () => void
}

/** Those of Node; they do not keep a process alive. */
export const systemTimers: Timers = {
  every(ms, run) {
    const timer = setInterval(run, ms).unref()
    return () => clearInterval(timer)
  },
  after(ms, run) {
    const timer = setTimeout(run, ms).unref()
    return () => clearTimeout(timer)
  },
}
