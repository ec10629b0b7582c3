import { eachAlone } from './each-alone.ts'

/** How results are written, one or several in a transaction. */
export interface Writing<Result> {
  write(results: Result[]): Promise<void>
  failed(error: unknown, results: Result[]): void
  /** Whether the storage itself failed, not a row. Then no result is tried alone, and all are kept. */
  isStorageFailure(error: unknown): boolean
}

/**
 * Results that could not be written. If one were dropped, its delivery would stay leased for as long as this process lives. They are tried one by one,
 * never in a group with others: one that can never be written would fail a group each time.
 */
interface Kept<Result> {
  add(results: Result[]): void
  /** Tries each alone until the storage itself fails. `untried`: those that were left then. */
  tryEach(results: Result[]): Promise<{ refused: Result[]; untried: Result[] }>
  /** Tries all of them for the last time. */
  end(): Promise<void>
}

/** How long a result is kept before it is tried again: after each refusal twice as long. A failure of the storage says nothing about a result. */
const FIRST_MS = 1000
const LONGEST_MS = 60_000

export function createKept<Result>({ write, failed, isStorageFailure }: Writing<Result>): Kept<Result> {
  /** By the timer that ends their wait. */
  const all = new Map<NodeJS.Timeout, Result[]>()
  /** One after the other: what was kept during a failure must not come back all at once. */
  let trying = Promise.resolve()
  let isEnded = false

  function keep(results: Result[], waitMs: number): void {
    if (results.length === 0 || isEnded) return
    const timer = setTimeout(() => {
      all.delete(timer)
      tryAgain(results, waitMs)
    }, waitMs)
    all.set(timer, results)
  }

  function tryAgain(results: Result[], waitMs: number): void {
    trying = trying.then(async () => {
      const { refused, untried } = await tryEach(results)
      keep(refused, Math.min(2 * waitMs, LONGEST_MS))
      keep(untried, waitMs)
    })
  }

  async function tryEach(results: Result[]): Promise<{ refused: Result[]; untried: Result[] }> {
    const refused: Result[] = []
    const untried: Result[] = []
    await eachAlone(
      results,
      isStorageFailure,
      (result) => write([result]),
      (left, error) => {
        failed(error, [...left])
        const kept = isStorageFailure(error) ? untried : refused
        kept.push(...left)
      },
    )
    return { refused, untried }
  }

  return {
    add: (results) => keep(results, FIRST_MS),
    tryEach,
    async end() {
      isEnded = true
      for (const timer of all.keys()) clearTimeout(timer)
      const results = [...all.values()].flat()
      all.clear()
      if (results.length > 0) tryAgain(results, FIRST_MS)
      await trying
    },
  }
}
