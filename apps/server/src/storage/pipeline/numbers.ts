import type { Dialect } from '../dialects/dialect.ts'
import type { Trx } from '../schema.ts'

/** Numbers for the rows of one transaction, in ascending order. */
export interface Numbers {
  /** Draws so many beside other statements; `take` tells when that fails. */
  ahead(count: number): void
  /** What was not drawn ahead is drawn now. */
  take(count: number): Promise<number[]>
}

export function createNumbers(dialect: Pick<Dialect, 'numbers'>, trx: Trx): Numbers {
  let drawn: Promise<number[]> = Promise.resolve([])
  return {
    ahead(count) {
      drawn = dialect.numbers(trx, count)
      drawn.catch(() => {})
    },
    async take(count) {
      const taken = (await drawn).splice(0, count)
      // What is missing was drawn later, so it is higher.
      return taken.length === count ? taken : [...taken, ...(await dialect.numbers(trx, count - taken.length))]
    },
  }
}
