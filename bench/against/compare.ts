import type { Round, Sample } from './rounds.ts'

/** How far A may be from B: a share of B (0.05 is 5 %), or an amount in the unit of the cost. */
export interface Tolerance {
  of: 'ratio' | 'difference'
  most: number
}

export type Verdict = 'within' | 'more' | 'less'

export interface Comparison {
  /** Median cost of each side. */
  a: number
  b: number
  /** A against B in the same round, A/B or A-B as the tolerance says: over all rounds. */
  paired: Spread
  /** A/B of the throughput in the same round. */
  throughput: Spread
  /** Where the median of `paired` lies: `more` and `less` are outside the tolerance. */
  verdict: Verdict
}

export interface Spread {
  median: number
  min: number
  max: number
}

/** At least one round. */
export function compare(rounds: readonly Round[], tolerance: Tolerance): Comparison {
  const against = tolerance.of === 'ratio' ? (a: number, b: number) => a / b : (a: number, b: number) => a - b
  const paired = spread(rounds.map(({ A, B }) => against(A.cost, B.cost)))
  const costs = (side: (round: Round) => Sample) => spread(rounds.map((round) => side(round).cost)).median
  return {
    a: costs(({ A }) => A),
    b: costs(({ B }) => B),
    paired,
    throughput: spread(rounds.map(({ A, B }) => A.perSecond / B.perSecond)),
    verdict: verdictOf(paired.median, tolerance),
  }
}

function verdictOf(median: number, { of, most }: Tolerance): Verdict {
  const equal = of === 'ratio' ? 1 : 0
  if (median > equal + most) return 'more'
  if (median < equal - most) return 'less'
  return 'within'
}

function spread(values: readonly number[]): Spread {
  const sorted = values.toSorted((a, b) => a - b)
  return { median: (sorted[(sorted.length - 1) >> 1]! + sorted[sorted.length >> 1]!) / 2, min: sorted[0]!, max: sorted.at(-1)! }
}
