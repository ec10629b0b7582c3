import type { Clock, Millis } from './time.ts'

/** Kinds that are remembered; more than this and all are forgotten, which costs a line too many. */
const KINDS = 1000

/**
 * For lines of a log that may come by the thousand: returns a function that says of each kind whether it is its turn, once in `every`
 * milliseconds. Its answer is the number of those that were held back since the last turn, or null when this one is held back too.
 */
export function createAtMost(clock: Clock, every: Millis): (kind: string) => number | null {
  const kinds = new Map<string, { next: Millis; held: number }>()
  return (kind) => {
    const now = clock()
    const known = kinds.get(kind)
    if (known !== undefined && now < known.next) {
      known.held++
      return null
    }
    if (known === undefined && kinds.size >= KINDS) kinds.clear()
    kinds.set(kind, { next: now + every, held: 0 })
    return known?.held ?? 0
  }
}
