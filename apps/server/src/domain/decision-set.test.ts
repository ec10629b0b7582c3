import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { REASONS, type Verdict } from './decision.ts'
import { fromSet, toSet } from './decision-set.ts'

describe('a set of decisions', () => {
  it('has a readable text form', () => {
    expect(toSet([], [])).toBe('')
    expect(fromSet('')).toEqual([])
    expect(fromSet('in_app=deliver:routed email=skip:route_off')).toEqual([
      { channel: 'in_app', decision: 'deliver', reason: 'routed' },
      { channel: 'email', decision: 'skip', reason: 'route_off' },
    ])
  })

  it('is the same after it was stored and read', () => {
    const channel = fc.stringMatching(/^[a-z][a-z0-9_.=:-]{0,20}$/)
    const verdict: fc.Arbitrary<Verdict> = fc.oneof(
      fc.record({ decision: fc.constant('deliver'), reason: fc.constantFrom(...REASONS) }),
      fc.record({ decision: fc.constant('skip'), reason: fc.constantFrom(...REASONS) }),
      fc.record({ decision: fc.constant('hold'), reason: fc.constantFrom('quiet_hours', 'digest', 'rate_limited'), until: fc.nat() }),
    )
    fc.assert(
      fc.property(fc.array(fc.tuple(channel, verdict)), (given) => {
        const set = toSet(
          given.map(([name]) => ({ name })),
          given.map(([, one]) => one),
        )
        expect(fromSet(set)).toEqual(given.map(([name, { decision, reason }]) => ({ channel: name, decision, reason })))
      }),
    )
  })
})
