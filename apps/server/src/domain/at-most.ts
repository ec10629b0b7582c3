import type { Clock, Millis } from './time.ts'

/** Kinds that are remembered; more than this and all are forgotten, which costs a line too many. */
const KINDS = 1000

/**
 * For lines of a log that may come by the thousand: returns a function that says of each kind whether it is its turn, `lines` times in `every`
 * milliseconds. Its answer is the number of those that were held back since the last turn, or null when this one is held back too.
 */
export function createAtMost(clock: Clock, every: Millis, lines = 1): (kind: string) => number | null {
  const kinds = new Map<string, { ends: Millis; lines: number; held: number }>()
  return (kind) => {
    const now = clock()
    const known = kinds.get(kind)
    // An end further away than that was set before the clock was set back.
    if (known !== undefined && now < known.ends && known.ends - now <= every) {
      if (known.lines < lines) {
        known.lines++
        return 0
      }
      known.held++
      return null
    }
    if (known === undefined && kinds.size >= KINDS) kinds.clear()
    kinds.set(kind, { ends: now + every, lines: 1, held: 0 })
    return known?.held ?? 0
  }
}
