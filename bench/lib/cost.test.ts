import { describe, expect, it } from 'vitest'
import { costBetween, costText, meanCost, medianCost } from './cost.ts'

describe('the processor time of one event', () => {
  it('is what the hub and the server took between two looks, in microseconds', () => {
    expect(costBetween({ hub: 1, server: 10 }, { hub: 2, server: 10.5 }, 10_000)).toEqual({ hub: 100, server: 50 })
  })

  it.each([
    [null, null],
    [null, 10],
    [10, null],
  ])('leaves out a server that was not seen at both looks: %s, %s', (before, after) => {
    expect(costBetween({ hub: 1, server: before }, { hub: 2, server: after }, 10_000)).toEqual({ hub: 100, server: null })
  })

  it('is the mean of its rounds, the server only when every round saw it', () => {
    expect(
      meanCost([
        { hub: 100, server: 50 },
        { hub: 300, server: 70 },
      ]),
    ).toEqual({ hub: 200, server: 60 })
    expect(
      meanCost([
        { hub: 100, server: 50 },
        { hub: 300, server: null },
      ]),
    ).toEqual({ hub: 200, server: null })
  })

  it('of the round in the middle is not changed by one that was disturbed', () => {
    const rounds = [300, 100, 900].map((hub) => ({ hub, server: hub / 2 }))
    expect(medianCost(rounds)).toEqual({ hub: 300, server: 150 })
    expect(() => medianCost([])).toThrow('no round')
  })

  it('prints the server beside the hub', () => {
    expect(costText({ hub: 246.4, server: 179.6 })).toBe('246 + 180 us')
    expect(costText({ hub: 246.4, server: null })).toBe('246 us')
  })
})
