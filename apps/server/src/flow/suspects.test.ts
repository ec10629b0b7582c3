import { describe, expect, it, vi } from 'vitest'
import { createSuspectTurn, type SuspectLoop } from './suspects.ts'

describe('the turn of suspects', () => {
  it('belongs to one stage until it has no suspect left', async () => {
    const freed = vi.fn()
    const turn = createSuspectTurn(freed)
    const found = async () => 'suspect'
    const none = async () => null
    expect(await turn.take('delivery', found)).toBe('suspect')
    expect(await turn.take('fan-out', found)).toBeNull()
    expect(await turn.take('delivery', found)).toBe('suspect')
    expect(freed).not.toHaveBeenCalled()
    expect(await turn.take('delivery', none)).toBeNull()
    expect(freed.mock.calls).toEqual([['fan-out']])
    expect(await turn.take('fan-out', found)).toBe('suspect')
  })

  it('wakes nobody who did not ask', async () => {
    const freed = vi.fn()
    const turn = createSuspectTurn(freed)
    await turn.take('delivery', async () => null)
    await turn.take('fan-out', async () => null)
    expect(freed).not.toHaveBeenCalled()
  })

  it('comes to rest when both look at the same time and there is nothing', async () => {
    let looks = 0
    const turn = createSuspectTurn((stage) => void look(stage))
    const look = (stage: SuspectLoop): Promise<null> =>
      turn.take(stage, async () => {
        if (++looks > 10) throw new Error('they wake each other for ever')
        return null
      })
    await Promise.all([look('fan-out'), look('delivery')])
    await new Promise((resolve) => setImmediate(resolve))
    expect(looks).toBe(2)
  })

  it('is given back when the look fails', async () => {
    const turn = createSuspectTurn(() => {})
    await expect(
      turn.take('delivery', async () => {
        throw new Error('no database')
      }),
    ).rejects.toThrow('no database')
    expect(await turn.take('fan-out', async () => 'suspect')).toBe('suspect')
  })
})
