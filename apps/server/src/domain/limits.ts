/** At most `count` messages in `perSeconds`. */
export interface Rate {
  count: number
  perSeconds: number
}

/** The limits that an operator sets for one connection on each node, in place of those that its vendor documents. */
export interface Limits {
  /** Messages in flight at once. */
  concurrency?: number
  rate?: Rate
}

/** Messages in flight at once on a connection whose provider names no limit. */
export const CONCURRENCY = 128
