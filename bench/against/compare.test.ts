import { describe, expect, it } from 'vitest'
import { compare, type Tolerance } from './compare.ts'

const FIVE_PERCENT: Tolerance = { of: 'ratio', most: 0.05 }
const FIVE_MIB: Tolerance = { of: 'difference', most: 5 }

/** Rounds with these costs of A and B; the throughput is what that many microseconds allow. */
const rounds = (...costs: [a: number, b: number][]) => costs.map(([a, b]) => ({ A: { cost: a, perSecond: 1e6 / a }, B: { cost: b, perSecond: 1e6 / b } }))

describe('the comparison of two checkouts', () => {
  it('pairs A and B of the same round: a machine that gets slower changes no ratio', () => {
    const { a, b, paired } = compare(rounds([102, 100], [204, 200], [408, 400]), FIVE_PERCENT)
    expect({ a, b, paired }).toEqual({ a: 204, b: 200, paired: { median: 1.02, min: 1.02, max: 1.02 } })
  })

  it('takes the value in the middle, or halfway between the two in the middle', () => {
    expect(compare(rounds([300, 100], [100, 100], [200, 100]), FIVE_PERCENT)).toMatchObject({ a: 200, paired: { median: 2, min: 1, max: 3 } })
    expect(compare(rounds([400, 100], [100, 100], [300, 100], [200, 100]), FIVE_PERCENT)).toMatchObject({ a: 250, paired: { median: 2.5, min: 1, max: 4 } })
  })

  it('shows the throughput beside the cost: above 1 when A is faster', () => {
    expect(compare(rounds([50, 100], [25, 100], [100, 100]), FIVE_PERCENT).throughput).toEqual({ median: 2, min: 1, max: 4 })
  })

  it.each([
    [104, 'within'],
    [105, 'within'],
    [95, 'within'],
    [105.1, 'more'],
    [94.9, 'less'],
  ])('says where a cost of %s against 100 lies: %s', (cost, verdict) => {
    expect(compare(rounds([cost, 100]), FIVE_PERCENT).verdict).toBe(verdict)
  })

  it('judges the median alone: one round that was disturbed decides nothing', () => {
    expect(compare(rounds([100, 100], [300, 100], [100, 100]), FIVE_PERCENT).verdict).toBe('within')
  })

  it.each([
    [165, 160, 'within'],
    [155, 160, 'within'],
    [166, 160, 'more'],
    [154, 160, 'less'],
  ])('compares memory by its difference: %s MiB against %s is %s', (a, b, verdict) => {
    expect(compare(rounds([a, b]), FIVE_MIB)).toMatchObject({ paired: { median: a - b }, verdict })
  })
})
