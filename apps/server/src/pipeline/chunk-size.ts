import type { Millis } from '../domain/time.ts'

/** Recipients of one transaction, at most. Twice as many are a tenth quicker on PostgreSQL and hold the event loop for 30 ms. */
export const BATCH = 250
const SMALLEST = 25
/** Milliseconds for which a transaction may hold the event loop before its commit: SQLite never yields during one. */
const HOLD = 10

export interface ChunkSize {
  /** Recipients of the next chunk. */
  now(): number
  /** Runs the work of a chunk, without its commit, and fits the size of the next ones: smaller chunks have as many commits more. */
  measure<T>(work: () => Promise<T>): Promise<T>
}

/**
 * As many recipients as take `HOLD`. The first chunks are small, because their code is not compiled yet. Where the event loop runs on during a
 * transaction (`parallel`), the time does not say how long it was held, and small chunks would only cost more.
 */
export function createChunkSize({ parallel }: { parallel: boolean }): ChunkSize {
  if (parallel) return { now: () => BATCH, measure: (work) => work() }
  let size = SMALLEST
  return {
    now: () => size,
    async measure(work) {
      const began = performance.now()
      const result = await work()
      size = fitting(size, performance.now() - began)
      return result
    },
  }
}

/** The size after a chunk that took so long: at most twice as large. */
export const fitting = (size: number, took: Millis): number => Math.min(BATCH, 2 * size, Math.max(SMALLEST, Math.round((size * HOLD) / took)))
