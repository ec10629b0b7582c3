import { describe, expect, it } from 'vitest'
import { createTurns } from './turns.ts'

function setUp(atOnce: number, mayWait: number) {
  const inTurn = createTurns(atOnce, mayWait, (before) => {
    throw new Error(`refused after ${before}`)
  })
  const ends: (() => void)[] = []
  let running = 0
  let most = 0
  const work = () =>
    inTurn(async () => {
      most = Math.max(most, ++running)
      await new Promise<void>((end) => ends.push(end))
      running--
    })
  return { inTurn, work, ends, most: () => most }
}

describe('turns', () => {
  it('let as many run and wait as they are told to, and refuse the rest', async () => {
    const { work, ends, most } = setUp(2, 2)
    const taken = [work(), work(), work(), work()]
    await expect(work()).rejects.toThrow('refused after 0')
    await expect(work()).rejects.toThrow('refused after 1')
    for (let n = 0; n < 4; n++) {
      expect(ends).toHaveLength(Math.min(2 + n, 4))
      ends[n]?.()
      await taken[n]
      await Promise.resolve()
    }
    expect(most()).toBe(2)
    const next = work()
    ends.at(-1)?.()
    await next
  })

  it('go on after work that failed, and count refusals anew when all turns are free', async () => {
    const { inTurn, work, ends } = setUp(1, 0)
    await expect(inTurn(() => Promise.reject(new Error('broken')))).rejects.toThrow('broken')
    const first = work()
    await expect(work()).rejects.toThrow('refused after 0')
    ends[0]?.()
    await first
    const second = work()
    await expect(work()).rejects.toThrow('refused after 0')
    ends[1]?.()
    await second
  })
})
