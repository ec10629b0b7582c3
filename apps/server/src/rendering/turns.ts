/**
 * Work that takes turns: at most `atOnce` run, and `mayWait` more wait for them in order. `refused` is called for any further one; it is told
 * how many were refused before it since all turns were last free, and throws.
 */
export function createTurns(atOnce: number, mayWait: number, refused: (before: number) => never) {
  const waiting: (() => void)[] = []
  let running = 0
  let turnedAway = 0

  return async function inTurn<T>(work: () => Promise<T>): Promise<T> {
    if (running >= atOnce) {
      if (waiting.length >= mayWait) refused(turnedAway++)
      // Whoever ends hands the turn on, so that nobody gets in between.
      await new Promise<void>((begin) => waiting.push(begin))
    } else running++
    try {
      return await work()
    } finally {
      const next = waiting.shift()
      if (next !== undefined) next()
      else if (--running === 0) turnedAway = 0
    }
  }
}
