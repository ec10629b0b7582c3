import { describe, expect, it } from 'vitest'
import { toEntry } from '../catalogue/catalogue.ts'
import type { Event } from '../domain/event.ts'
import { anEvent, anEventType, NOON } from '../domain/testing/samples.ts'
import type { Place, Standing } from '../routing/standing.ts'
import { aChannel, aPlace, aStanding } from '../routing/testing/standing.ts'
import { decide, decideAgain } from './decide.ts'
import { decisionsOf } from './plan.ts'

const MAIL = aChannel()
const confirming = toEntry(anEventType({ confirms: true }))
const ordinary = toEntry(anEventType())
const at = (...places: Place[]) => aStanding({ places: new Map([['email', places]]) })
const one = (id: string) => aPlace({ id, addressHash: `hash-${id}`, label: id, confirmed: false })

/** The places that get a delivery, the addresses that were looked up, and the lines of the trace. */
async function planned(place: string | null, standing: Standing) {
  const lookedUp: string[] = []
  const [plan] = await decide(
    [
      {
        event: anEvent({ place }),
        entry: confirming,
        hub: { channels: [MAIL], logOnly: false, shared: [], timeRules: [], connectionFor: () => 'con_mail' },
        members: [{ kind: 'user', id: 'ada' }],
        excluded: null,
        standings: new Map([['ada', standing]]),
        withShared: true,
        metBefore: true,
        now: NOON,
      },
    ],
    {
      claimDedup: async (wanted) => wanted.map(() => new Set()),
      async reached(_event, hashes) {
        lookedUp.push(...hashes)
        return new Set()
      },
    },
  )
  return {
    to: plan!.deliveries.map(({ destinationId }) => destinationId),
    lookedUp,
    lines: decisionsOf(plan!).map(({ channel, decision, reason }) => `${channel} ${decision} ${reason}`),
  }
}

describe('an event for one place of a list', () => {
  const list = at(one('dst_1'), one('dst_2'), one('dst_3'))

  it.each(['dst_1', 'dst_2', 'dst_3'])('is planned for that place alone, and the others leave no line: %s', async (place) => {
    expect(await planned(place, list)).toEqual({ to: [place], lookedUp: [`hash-${place}`], lines: ['email deliver routed'] })
  })

  it('goes nowhere when that place was removed before it was planned', async () => {
    expect(await planned('dst_4', list)).toEqual({ to: [], lookedUp: [], lines: ['email skip destination_gone'] })
  })

  it('of which none is named goes to all', async () => {
    expect((await planned(null, list)).to).toEqual(['dst_1', 'dst_2', 'dst_3'])
    expect((await planned(null, at())).lines, 'nothing is gone').toEqual(['email skip no_destination'])
  })
})

describe('a planned delivery whose address was replaced', () => {
  const again = (moment: 'release' | 'attempt', event: Partial<Event>, entry: typeof ordinary, standing = at(aPlace({ id: 'dst_new' }))) => {
    const hub = { channels: [MAIL], logOnly: false, timeRules: [] }
    const { decision, reason } = decideAgain(moment, { event: anEvent(event), entry, standing, channel: 'email', destinationId: 'dst_old', hub, now: NOON })
    return `${decision} ${reason}`
  }

  it.each(['release', 'attempt'] as const)('follows the person, unless it is for one place: %s', (moment) => {
    expect(again(moment, {}, ordinary)).toBe('deliver routed')
    expect(again(moment, {}, confirming)).toBe('skip destination_gone')
    expect(again(moment, { place: 'dst_old' }, ordinary)).toBe('skip destination_gone')
    expect(again(moment, { place: 'dst_old' }, confirming, at(aPlace({ id: 'dst_old', confirmed: false })))).toBe('deliver routed')
  })
})
