/** A: this checkout. B: the one that it is compared with. */
export type Side = 'A' | 'B'

/** One measurement of one side. */
export interface Sample {
  /** What a row compares: microseconds of processor time for each piece of work, or MiB. */
  cost: number
  /** Pieces of work in a second. */
  perSecond: number
}

/** One measurement of each side, one directly after the other. */
export type Round = Record<Side, Sample>

/** Who is measured when: A B, B A, A B, … so that a machine that gets slower or faster meanwhile favours neither. */
export const turns = (rounds: number): (readonly [Side, Side])[] =>
  Array.from({ length: rounds }, (_, n) => (n % 2 === 0 ? (['A', 'B'] as const) : (['B', 'A'] as const)))
