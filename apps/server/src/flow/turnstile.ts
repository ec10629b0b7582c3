import type { Clock, Millis } from '../domain/time.ts'

/** What a turnstile says to a delivery at the door of its destination. */
export type Entry = 'go' | 'wait' | 'later'

/**
 * Lets few deliveries through to one destination at a time, so that a receiver that hangs holds no more than its own few slots.
 * A destination that failed lately, or whose oldest delivery hangs, sends the rest away (`later`) instead of keeping them waiting.
 */
export interface Turnstile {
  enter(destination: string): Entry
  leave(destination: string, worked: boolean | null): void
  /** Oldest delivery in flight is older than `SLOW`. */
  isSlow(destination: string): boolean
  /** Destinations with something in flight: for tests and metrics. */
  size(): number
}

/** Deliveries at once to one destination. */
const WIDTH = 4
/** A delivery in flight for longer makes its destination slow. */
export const SLOW: Millis = 1000
/** After this many failures in a row one probe at a time is let through. */
export const PROBE_AFTER = 5

interface Passage {
  since: Millis[]
  failures: number
}

export function createTurnstile(clock: Clock): Turnstile {
  const passages = new Map<string, Passage>()
  const slow = (passage: Passage) => passage.since.length > 0 && clock() - passage.since[0]! > SLOW

  return {
    enter(destination) {
      const passage = passages.get(destination)
      if (passage === undefined) {
        passages.set(destination, { since: [clock()], failures: 0 })
        return 'go'
      }
      const width = passage.failures >= PROBE_AFTER ? 1 : WIDTH
      if (passage.since.length < width) {
        passage.since.push(clock())
        return 'go'
      }
      return passage.failures > 0 || slow(passage) ? 'later' : 'wait'
    },
    leave(destination, worked) {
      const passage = passages.get(destination)
      if (passage === undefined) return
      passage.since.shift()
      if (worked !== null) passage.failures = worked ? 0 : passage.failures + 1
      if (passage.since.length === 0 && passage.failures === 0) passages.delete(destination)
    },
    isSlow(destination) {
      const passage = passages.get(destination)
      return passage !== undefined && slow(passage)
    },
    size: () => passages.size,
  }
}
