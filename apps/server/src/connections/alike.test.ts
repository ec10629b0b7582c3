import { describe, expect, it } from 'vitest'
import type { Refusal, TargetHealth } from '../domain/connection.ts'
import { NOON } from '../domain/testing/samples.ts'
import { MINUTE } from '../domain/time.ts'
import { ALIKE, ALIKE_RECIPIENTS, oneVoiceIn, refusedAlike } from './alike.ts'
import { healthy, isBlocked, isHealthy, succeeded } from './health.ts'

const LONG_AGO = NOON - 60 * MINUTE
const aRefusal = (n: number, more: Partial<Refusal> = {}): Refusal => ({
  ...{ likeness: 'smtp_550 no', ofRecipient: false, delivery: `dlv_${n}`, destination: `dst_${n}`, event: `evt_${n}` },
  ...more,
})
const after = (refusals: Refusal[], from: TargetHealth = healthy('con_mail')) => {
  let state = { health: from, putBack: [] as string[] }
  for (const refusal of refusals) state = refusedAlike(state.health, refusal, '550 No', NOON, LONG_AGO)
  return state
}
const several = (count: number, more: Partial<Refusal> = {}) => Array.from({ length: count }, (_, n) => aRefusal(n, more))

describe('refusals that are alike', () => {
  it('of five different recipients block the connection and put their deliveries back', () => {
    expect(isBlocked(after(several(ALIKE - 1)).health, NOON)).toBe(false)
    const { health, putBack } = after(several(ALIKE))
    expect(health).toMatchObject({ level: 1, blockedUntil: NOON + 5 * MINUTE, lastTrouble: 'settings', alike: { blamed: true } })
    expect(health.lastError).toContain('5 different recipients')
    expect(putBack).toEqual(['dlv_0', 'dlv_1', 'dlv_2', 'dlv_3', 'dlv_4'])
  })

  it('of one recipient never do, however often', () => {
    expect(isBlocked(after(Array.from({ length: 50 }, () => aRefusal(1))).health, NOON)).toBe(false)
    expect(isBlocked(after(Array.from({ length: 50 }, (_, n) => aRefusal(n % 4))).health, NOON)).toBe(false)
  })

  it('of one recipient count once, also of several messages to it, and name each message that is put back', () => {
    const { health } = after(Array.from({ length: 50 }, (_, n) => aRefusal(n, { destination: `dst_${n % 4}`, recipient: `user_${n % 4}` })))
    expect(isBlocked(health, NOON)).toBe(false)
    expect(after([aRefusal(9)], health).putBack).toEqual(['dlv_0', 'dlv_1', 'dlv_2', 'dlv_3', 'dlv_9'])
  })

  it('of one person never do, however many destinations they have; their deliveries go back with those of the others', () => {
    const theirs = several(50, { recipient: 'mallory' })
    expect(isBlocked(after(theirs).health, NOON)).toBe(false)
    expect(isBlocked(after(several(50, { recipient: 'mallory', ofRecipient: true })).health, NOON)).toBe(false)
    const others = Array.from({ length: ALIKE - 1 }, (_, n) => aRefusal(900 + n, { recipient: `user_${n}` }))
    const { health, putBack } = after([...theirs.slice(0, 2), ...others])
    expect(health.lastError).toContain('5 different recipients')
    expect(putBack).toHaveLength(ALIKE + 1)
    const full = after(several(10_000, { recipient: 'mallory' }))
    expect(full.health.alike?.refused.length).toBeLessThanOrEqual(100)
    expect(isBlocked(after(others, full.health).health, NOON)).toBe(true)
  })

  it('begin again with another answer, and after a success', () => {
    expect(isBlocked(after([...several(4), aRefusal(9, { likeness: 'other' }), ...several(4)]).health, NOON)).toBe(false)
    const { health } = after(several(4))
    expect(isHealthy(health)).toBe(false)
    expect(isHealthy(succeeded(health, NOON))).toBe(true)
    expect(isBlocked(after(several(4), succeeded(health, NOON)).health, NOON)).toBe(false)
  })

  it('that name the recipient take more of them, block nothing and put nothing back, however many follow', () => {
    expect(after(several(ALIKE_RECIPIENTS - 1, { ofRecipient: true })).health).toMatchObject({ failures: 0, alike: { blamed: false } })
    for (const count of [ALIKE_RECIPIENTS, 3 * ALIKE_RECIPIENTS]) {
      const { health, putBack } = after(several(count, { ofRecipient: true }))
      expect(health).toMatchObject({ level: 0, blockedUntil: null, failures: 1, lastTrouble: 'refused', alike: { blamed: true } })
      expect(health.lastError).toMatch(/^Refused 20 different recipients .* no further address is switched off: 550 No$/)
      expect(putBack).toEqual([])
      // Whether all of them were of one event is asked of the full series.
      expect(health.alike?.refused).toHaveLength(ALIKE_RECIPIENTS)
      expect(isHealthy(succeeded(health, NOON))).toBe(true)
    }
  })

  describe('of messages that one application reported', () => {
    const by = (reporter: string | undefined, count: number, from = 0) =>
      Array.from({ length: count }, (_, n) => aRefusal(from + n, { event: 'evt_1', ...(reporter === undefined ? {} : { reporter }) }))
    const shared = (refusals: Refusal[], start: TargetHealth = healthy('con_mail')) => {
      let state = { health: start, putBack: [] as string[] }
      for (const refusal of refusals) state = refusedAlike(state.health, refusal, '550 No', NOON, LONG_AGO, false)
      return state
    }

    it('are tried again and block nothing, while others use the connection', () => {
      const { health, putBack } = shared(by('key:a', ALIKE))
      expect(health).toMatchObject({ level: 0, blockedUntil: null, failures: 1, lastTrouble: 'refused', alike: { blamed: true, voice: 'key:a' } })
      expect(health.lastError).toMatch(/^Refused 5 different recipients .* all reported by key:a; messages of others go on/)
      expect(putBack).toEqual(['dlv_0', 'dlv_1', 'dlv_2', 'dlv_3', 'dlv_4'])
      expect(shared(by('key:a', 40)).health).toEqual(shared(by('key:a', ALIKE)).health)
      expect(isHealthy(succeeded(health, NOON))).toBe(true)
      expect(shared(by(undefined, ALIKE)).health.lastError).toContain('the hub itself')
    })

    it('block the connection when two recipients of others are refused alike, and theirs are put back too', () => {
      const one = shared(by('key:a', ALIKE)).health
      expect(isBlocked(shared(by('key:b', 1, 10), one).health, NOON)).toBe(false)
      const { health, putBack } = shared(by('key:b', 2, 10), one)
      expect(health).toMatchObject({ level: 1, blockedUntil: NOON + 5 * MINUTE, alike: { blamed: true } })
      expect(health.alike).not.toHaveProperty('voice')
      expect(putBack).toEqual(expect.arrayContaining(['dlv_10', 'dlv_11']))
      expect(isBlocked(shared([...by('key:a', 3), ...by('key:b', 2, 10)]).health, NOON), 'in any order').toBe(true)
    })

    it('speak for the connection where nobody else uses it', () => {
      expect(isBlocked(after(by('key:a', ALIKE)).health, NOON)).toBe(true)
    })

    it('are asked about once, when they fill the series', () => {
      let health = healthy('con_mail')
      const asked = by('key:a', ALIKE + 3).map((refusal) => {
        const asks = oneVoiceIn(health, refusal)
        health = refusedAlike(health, refusal, '550 No', NOON, LONG_AGO, false).health
        return asks
      })
      expect(asked).toEqual([null, null, null, null, { voice: 'key:a', recipients: ['dst_0', 'dst_1', 'dst_2', 'dst_3', 'dst_4'] }, null, null, null])
      const mixed = [...by('key:a', 3), ...by('key:b', 2, 10)]
      expect(oneVoiceIn(after(mixed.slice(0, 4)).health, mixed[4]!)).toBeNull()
      expect(oneVoiceIn(after(several(ALIKE - 1, { ofRecipient: true })).health, aRefusal(9, { ofRecipient: true }))).toBeNull()
    })
  })

  it('are counted no further once the connection is blamed, and not given up either', () => {
    const { health } = after(several(ALIKE))
    expect(refusedAlike(health, aRefusal(9), 'x', NOON, LONG_AGO)).toEqual({ health, putBack: ['dlv_9'] })
  })
})
