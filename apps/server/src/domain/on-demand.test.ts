import { describe, expect, it } from 'vitest'
import { onDemand } from './on-demand.ts'

/** Loads that end as this list says, in their order. */
function loads(...ends: (Error | string)[]) {
  let begun = 0
  const load = async () => {
    const end = ends[begun++]
    if (end instanceof Error) throw end
    return end
  }
  return { load, begun: () => begun }
}

describe('on demand', () => {
  it('loads once, with the first call', async () => {
    const { load, begun } = loads('library')
    const demand = onDemand(load)
    expect(begun()).toBe(0)
    expect(await Promise.all([demand.get(), demand.get()])).toEqual(['library', 'library'])
    expect(await demand.get()).toBe('library')
    expect(begun()).toBe(1)
  })

  it('a failed load fails all who wait, and the next call tries again', async () => {
    const gone = new Error('gone')
    const { load } = loads(gone, 'library')
    const demand = onDemand(load)
    expect(await Promise.allSettled([demand.get(), demand.get()])).toEqual([
      { status: 'rejected', reason: gone },
      { status: 'rejected', reason: gone },
    ])
    expect(await demand.get()).toBe('library')
  })

  it('what is done if it was asked for is done once it is there, and not after a failed load', async () => {
    const used: unknown[] = []
    const unhandled: unknown[] = []
    const note = (error: unknown) => void unhandled.push(error)
    process.on('unhandledRejection', note)
    try {
      const demand = onDemand(loads(new Error('gone'), 'library').load)
      demand.ifAsked((it) => void used.push(it))
      const failed = demand.get()
      demand.ifAsked((it) => void used.push(it))
      await expect(failed).rejects.toThrow('gone')
      // Node reports a rejection that nobody handles after the turn in which it happens.
      await new Promise((turn) => setImmediate(turn))
      expect({ used, unhandled }).toEqual({ used: [], unhandled: [] })
      const there = demand.get()
      demand.ifAsked((it) => void used.push(it))
      await there
      expect(used).toEqual(['library'])
    } finally {
      process.off('unhandledRejection', note)
    }
  })
})
