import { describe, expect, it, vi } from 'vitest'
import { createSuspectTurn } from './suspects.ts'

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
    expect(freed).toHaveBeenCalledTimes(1)
    expect(await turn.take('fan-out', found)).toBe('suspect')
  })

  it('wakes nobody who did not ask', async () => {
    const freed = vi.fn()
    const turn = createSuspectTurn(freed)
    await turn.take('delivery', async () => null)
    await turn.take('fan-out', async () => null)
    expect(freed).not.toHaveBeenCalled()
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
