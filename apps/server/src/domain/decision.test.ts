import { expect, it } from 'vitest'
import { deliver, REASONS, skip, toDecision, type Verdict } from './decision.ts'

it('a verdict becomes a decision as the trace shows it', () => {
  expect(toDecision('email', deliver('routed'))).toEqual({ channel: 'email', decision: 'deliver', reason: 'routed' })
  expect(toDecision(null, skip('expired'))).toEqual({ channel: null, decision: 'skip', reason: 'expired' })
  expect(toDecision(null, { decision: 'skip', reason: 'duplicate', detail: 'build-7' })).toEqual({
    channel: null,
    decision: 'skip',
    reason: 'duplicate',
    detail: 'build-7',
  })
  expect(toDecision('email', { decision: 'hold', reason: 'quiet_hours', until: Date.UTC(2026, 0, 5, 22) })).toEqual({
    channel: 'email',
    decision: 'hold',
    reason: 'quiet_hours',
    detail: 'until 2026-01-05T22:00:00.000Z',
  })
})

it('each reason has one frozen verdict, because it is shared', () => {
  for (const reason of REASONS)
    for (const verdict of [skip(reason), deliver(reason)]) {
      expect(verdict.reason).toBe(reason)
      expect(Object.isFrozen(verdict)).toBe(true)
    }
})

it('a hold without a time, or for a reason to skip, does not compile', () => {
  // @ts-expect-error a hold needs the time at which it is decided again
  const timeless: Verdict = { decision: 'hold', reason: 'quiet_hours' }
  // @ts-expect-error `route_off` skips; it does not hold
  const odd: Verdict = { decision: 'hold', reason: 'route_off', until: 0 }
  expect([timeless, odd]).toHaveLength(2)
})

it('a switch that leaves out a verdict does not compile', () => {
  // @ts-expect-error the branch `hold` is missing, so nothing is returned for it
  function withoutHold(verdict: Verdict): string {
    switch (verdict.decision) {
      case 'deliver':
        return 'goes out'
      case 'skip':
        return 'stays'
    }
  }
  expect(withoutHold(deliver('routed'))).toBe('goes out')
})
