import { describe, expect, it } from 'vitest'
import { toEntry } from '../catalogue/catalogue.ts'
import { anEvent, anEventType, NOON } from '../domain/testing/samples.ts'
import type { Standing, TimeRule } from '../routing/standing.ts'
import { aChannel, aPlace, aStanding, inApp } from '../routing/testing/standing.ts'
import { decideAgain } from './decide.ts'

const ada = (more: Partial<Standing> = {}) => aStanding({ recipient: 'ada', places: new Map([['email', [aPlace({ id: 'dst_ada' })]]]), ...more })

describe('a planned delivery that is decided again', () => {
  const again = (more: Partial<Parameters<typeof decideAgain>[1]> = {}, moment: 'release' | 'attempt' = 'attempt') =>
    decideAgain(moment, {
      ...{ event: anEvent(), entry: toEntry(anEventType()), standing: ada(), channel: 'email', destinationId: 'dst_ada', now: NOON },
      hub: { channels: [inApp, aChannel()], logOnly: false, timeRules: [] },
      ...more,
    })

  it('is not asked for the expiry of its event, which a retry by hand lifts', () => {
    for (const moment of ['release', 'attempt'] as const)
      expect(again({ event: anEvent({ expiresAt: NOON - 1 }) }, moment)).toEqual({ decision: 'deliver', reason: 'routed' })
  })

  it('is skipped when its recipient is inactive by now', () => {
    expect(again({ standing: ada({ active: false }) })).toEqual({ decision: 'skip', reason: 'user_inactive' })
  })

  it('goes ahead on a channel that this version does not know', () => {
    expect(again({ channel: 'telex' })).toEqual({ decision: 'deliver', reason: 'routed' })
  })

  it('is asked at its own moment', () => {
    const rule: TimeRule = { reason: 'quiet_hours', moments: ['release'], until: () => NOON + 1 }
    const hub = { channels: [aChannel()], logOnly: false, timeRules: [rule] }
    expect([again({ hub }, 'release').decision, again({ hub }, 'attempt').decision]).toEqual(['hold', 'deliver'])
  })
})
