import fc from 'fast-check'
import { describe, expect, it, vi } from 'vitest'
import { createLoop, type Loop, nextTurn } from './loop.ts'
import { createSuspectTurn } from './suspects.ts'
import { settle, until } from './testing/turns.ts'

const found = async () => 'suspect'
const none = async () => null

describe('the turn of suspects', () => {
  it('belongs to one loop until its suspect is done, then goes to the loop that has waited longest', async () => {
    const freed = vi.fn()
    const turn = createSuspectTurn(freed)
    expect(await turn.take('delivery', found)).toBe('suspect')
    expect(await turn.take('fan-out', found)).toBeNull()
    expect(await turn.take('run', found)).toBeNull()
    expect(freed).not.toHaveBeenCalled()
    expect(await turn.take('delivery', found)).toBeNull()
    expect(freed.mock.calls).toEqual([['fan-out']])
    expect(await turn.take('run', found)).toBeNull()
    expect(await turn.take('fan-out', found)).toBe('suspect')
    expect(await turn.take('fan-out', none)).toBeNull()
    expect(await turn.take('run', none)).toBeNull()
    expect(freed.mock.calls).toEqual([['fan-out'], ['run'], ['delivery']])
    expect(await turn.take('delivery', found)).toBe('suspect')
  })

  it('stays with its loop when no other loop waits', async () => {
    const freed = vi.fn()
    const turn = createSuspectTurn(freed)
    expect(await turn.take('delivery', found)).toBe('suspect')
    expect(await turn.take('delivery', found)).toBe('suspect')
    expect(await turn.take('delivery', none)).toBeNull()
    expect(await turn.take('fan-out', none)).toBeNull()
    expect(freed).not.toHaveBeenCalled()
  })

  it('is free again when all loops look at the same time and find nothing', async () => {
    let looks = 0
    const turn = createSuspectTurn((loop) => void look(loop))
    const look = (loop: string): Promise<null> =>
      turn.take(loop, async () => {
        if (++looks > 10) throw new Error('they wake each other for ever')
        return null
      })
    await Promise.all(['fan-out', 'delivery', 'run'].map(look))
    await settle()
    expect(looks).toBe(3)
  })

  it('is given back when the look fails', async () => {
    const turn = createSuspectTurn(() => {})
    await expect(
      turn.take('delivery', async () => {
        throw new Error('no database')
      }),
    ).rejects.toThrow('no database')
    expect(await turn.take('fan-out', found)).toBe('suspect')
  })

  it('may be used beside a suspect that takes long, for others of a single death; for all again when it has ended', async () => {
    const freed = vi.fn()
    const turn = createSuspectTurn(freed)
    const alone: boolean[] = []
    const look = async (is: boolean) => {
      alone.push(is)
      return is ? 'twice' : null
    }
    await turn.take('delivery', found)
    const [one, other] = [turn.letNext(), turn.letNext()]
    expect(await turn.take('delivery', look)).toBeNull()
    expect(await turn.take('fan-out', look)).toBeNull()
    one()
    expect(await turn.take('fan-out', look)).toBeNull()
    expect(freed).not.toHaveBeenCalled()
    other()
    expect(freed.mock.calls).toEqual([['delivery'], ['fan-out']])
    expect(await turn.take('fan-out', look)).toBe('twice')
    expect(alone).toEqual([false, false, false, true])
  })

  it('is looked for again when the last one beside it ended during the look', async () => {
    const freed = vi.fn()
    const turn = createSuspectTurn(freed)
    await turn.take('delivery', found)
    const over = turn.letNext()
    await turn.take('delivery', async () => {
      over()
      return null
    })
    expect(freed.mock.calls).toEqual([['delivery']])
  })

  it('is not kept for a loop that has stopped', async () => {
    const turn = createSuspectTurn(() => {})
    await turn.take('delivery', found)
    await turn.take('fan-out', found)
    await turn.take('run', found)
    turn.leave('fan-out')
    turn.leave('delivery')
    expect(await turn.take('run', found)).toBe('suspect')
  })

  it('lets one suspect run at a time, and every loop after at most one of each other loop, however many there are', async () => {
    const loop = fc.record({ suspects: fc.nat(6), turns: fc.nat(3), wakes: fc.integer({ min: 1, max: 4 }) })
    await fc.assert(
      fc.asyncProperty(fc.array(loop, { minLength: 3, maxLength: 6 }), async (given) => {
        const left = new Map(given.map(({ suspects }, i) => [`loop ${i}`, suspects]))
        const loops = new Map<string, Loop>()
        /** Suspects that the other loops got since a loop was refused. */
        const waited = new Map<string, number>()
        const errors: unknown[] = []
        let running = 0
        const turn = createSuspectTurn((name) => loops.get(name)!.wake())

        for (const [i, { turns }] of given.entries()) {
          const name = `loop ${i}`
          const step = async () => {
            const suspect = await turn.take(name, async () => {
              await nextTurn()
              const n = left.get(name)!
              if (n > 0) left.set(name, n - 1)
              return n > 0 ? n : null
            })
            if (suspect === null) {
              if (left.get(name)! > 0 && !waited.has(name)) waited.set(name, 0)
              return false
            }
            expect(++running).toBe(1)
            expect(waited.get(name) ?? 0).toBeLessThan(given.length)
            waited.delete(name)
            for (const [other, n] of waited) waited.set(other, n + 1)
            for (let n = 0; n < turns; n++) await nextTurn()
            running--
            return true
          }
          loops.set(
            name,
            createLoop(step, (error) => errors.push(error)),
          )
        }
        for (const [i, { wakes }] of given.entries())
          for (let n = 0; n < wakes; n++) {
            loops.get(`loop ${i}`)!.wake()
            if (n % 2 === 1) await nextTurn()
          }
        await until(() => errors.length > 0 || [...left.values()].every((n) => n === 0))
        await Promise.all([...loops.values()].map((one) => one.stop()))
        expect(errors).toEqual([])
      }),
    )
  })
})
