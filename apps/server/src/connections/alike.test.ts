import { describe, expect, it } from 'vitest'
import type { Refusal, TargetHealth } from '../domain/connection.ts'
import { NOON } from '../domain/testing/samples.ts'
import { MINUTE } from '../domain/time.ts'
import { ALIKE, ALIKE_RECIPIENTS, refusedAlike } from './alike.ts'
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

  it('are counted no further once the connection is blamed, and not given up either', () => {
    const { health } = after(several(ALIKE))
    expect(refusedAlike(health, aRefusal(9), 'x', NOON, LONG_AGO)).toEqual({ health, putBack: ['dlv_9'] })
  })
})
