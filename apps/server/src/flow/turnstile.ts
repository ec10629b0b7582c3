import type { Clock, Millis } from '../domain/time.ts'

/** Whether a delivery to a destination may start now, waits for its turn, or is put off. */
export type TurnstileAnswer = 'go' | 'wait' | 'later'

/**
 * Lets few deliveries through to one destination at a time, so that a hanging receiver occupies no more than its own few slots.
 * When a destination failed lately, or its oldest delivery hangs, the rest are put off (`later`) instead of kept waiting.
 */
export interface Turnstile {
  /** One that goes `beside` the others has a slot of its own: it does not wait for its turn among them. */
  enter(destination: string, delivery: string, beside?: boolean): TurnstileAnswer
  leave(destination: string, delivery: string, worked: boolean | null): void
  /** Whether the oldest delivery in flight is older than `SLOW`. */
  isSlow(destination: string): boolean
  /** Destinations that are remembered: for tests and metrics. */
  size(): number
}

/** Deliveries at once to one destination. */
const WIDTH = 4
/** A delivery in flight for longer makes its destination slow. */
export const SLOW: Millis = 1000
/** After this many failures in a row, one probe at a time is let through. */
export const PROBE_AFTER = 5
/** Failing destinations that are remembered while nothing is in flight to them. The database counts their failures as well. */
export const REMEMBERED = 10_000

interface Passage {
  /** When each delivery in flight began, the oldest first. */
  since: Map<string, Millis>
  failures: number
}

export function createTurnstile(clock: Clock): Turnstile {
  const passages = new Map<string, Passage>()
  /** Destinations that failed lately and have nothing in flight; the longest ago first. */
  const idle = new Set<string>()
  function slow({ since }: Passage): boolean {
    const [oldest] = since.values()
    return oldest !== undefined && clock() - oldest > SLOW
  }

  return {
    enter(destination, delivery, beside = false) {
      const known = passages.get(destination)
      const passage = known ?? { since: new Map(), failures: 0 }
      if (passage.since.size >= (passage.failures >= PROBE_AFTER ? 1 : beside ? WIDTH + 1 : WIDTH))
        return passage.failures > 0 || slow(passage) ? 'later' : 'wait'
      if (known === undefined) passages.set(destination, passage)
      idle.delete(destination)
      passage.since.set(delivery, clock())
      return 'go'
    },
    leave(destination, delivery, worked) {
      const passage = passages.get(destination)
      if (passage === undefined) return
      passage.since.delete(delivery)
      if (worked !== null) passage.failures = worked ? 0 : passage.failures + 1
      if (passage.since.size > 0) return
      if (passage.failures === 0) passages.delete(destination)
      else idle.add(destination)
      const [oldest] = idle
      if (idle.size > REMEMBERED && oldest !== undefined) {
        idle.delete(oldest)
        passages.delete(oldest)
      }
    },
    isSlow(destination) {
      const passage = passages.get(destination)
      return passage !== undefined && slow(passage)
    },
    size: () => passages.size,
  }
}
