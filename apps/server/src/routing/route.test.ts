import { describe, expect, it } from 'vitest'
import { anEventType, NOON } from '../domain/testing/samples.ts'
import { recipientSkip, route } from './route.ts'
import { isForOnePlace, type Moment, narrowed, placeNow, type RoutingContext, type Standing, standingAt, type TimeRule } from './standing.ts'
import { aChannel, aContext, aPlace, aStanding, inApp } from './testing/standing.ts'

const email = aChannel()
const off = { email: false }
const gone = new Map([['email', [aPlace({ gone: true })]]])
const unconfirmed = new Map([['email', [aPlace({ confirmed: false })]]])
const type = (more: Parameters<typeof anEventType>[0]) => ({ eventType: anEventType(more) })

/** The decision about mail, as a short text. */
const mail = (standing: Partial<Standing> = {}, context: Partial<RoutingContext> = {}, channel = email, moment: Moment = 'plan') => {
  const { decision, reason } = route(aStanding(standing), channel, aContext(context), moment)
  return `${decision} ${reason}`
}

describe('the reason why a channel is skipped', () => {
  it.each<[reason: string, standing: Partial<Standing>, context: Partial<RoutingContext>, channel?: typeof email]>([
    ['not_requested', {}, { requested: ['in_app'] }],
    ['channel_disabled', {}, {}, aChannel({ enabled: false })],
    ['no_connection', {}, {}, aChannel({ connected: false })],
    ['no_destination', { places: new Map() }, {}],
    ['destination_gone', { places: gone }, {}],
    ['destination_unconfirmed', { places: unconfirmed }, {}],
    ['channel_off', { preferences: { channels: off } }, {}],
    ['category_off', { preferences: { categories: { builds: off } } }, {}],
    ['route_off', { routes: new Map([['email', false]]) }, {}],
    ['route_off', {}, type({ channels: { in_app: true } })],
  ])('%s', (reason, standing, context, channel) => {
    expect(mail(standing, context, channel)).toBe(`skip ${reason}`)
  })
})

it('is the first that applies: the impossible before the preferences, both in their order', () => {
  const reasons: string[] = []
  const standing = {
    places: new Map(),
    routes: new Map([['email', false]]),
    preferences: { channels: { email: false }, categories: { builds: { email: false } } },
  }
  const reasonFor = (more: Partial<Standing>, context: Partial<RoutingContext>, channel: typeof email) =>
    reasons.push(mail({ ...standing, ...more }, context, channel))
  const dead = aChannel({ enabled: false, connected: false })
  reasonFor({}, { requested: [] }, dead)
  reasonFor({}, {}, dead)
  reasonFor({}, {}, aChannel({ connected: false }))
  reasonFor({}, {}, email)
  reasonFor({ places: new Map([['email', [aPlace({ gone: true, confirmed: false })]]]) }, {}, email)
  reasonFor({ places: unconfirmed }, {}, email)
  reasonFor({ places: new Map([['email', [aPlace()]]]) }, {}, email)
  const { channels: _, ...preferences } = standing.preferences
  reasonFor({ places: new Map([['email', [aPlace()]]]), preferences }, {}, email)
  reasonFor({ places: new Map([['email', [aPlace()]]]), preferences: {} }, {}, email)
  expect(reasons).toEqual(
    [
      'not_requested',
      'channel_disabled',
      'no_connection',
      'no_destination',
      'destination_gone',
      'destination_unconfirmed',
      'channel_off',
      'category_off',
      'route_off',
    ].map((reason) => `skip ${reason}`),
  )
})

describe('the preference matrix', () => {
  it('prefers a person’s setting to the default of the event type, both ways', () => {
    expect(mail({ routes: new Map([['email', true]]) }, type({ channels: {} }))).toBe('deliver routed')
    expect(mail({ routes: new Map([['email', false]]) }, type({ channels: { email: true } }))).toBe('skip route_off')
  })

  it('ignores a setting for another channel or category', () => {
    expect(mail({ routes: new Map([['in_app', false]]), preferences: { channels: { ntfy: false }, categories: { billing: { email: false } } } })).toBe(
      'deliver routed',
    )
  })
})

describe('a critical event', () => {
  const critical = type({ critical: true, channels: {} })

  it('is delivered whatever the preferences say', () => {
    expect(mail({ routes: new Map([['email', false]]), preferences: { channels: { email: false }, categories: { builds: { email: false } } } }, critical)).toBe(
      'deliver critical',
    )
  })

  it('is still skipped where delivery is impossible', () => {
    expect(mail({ places: new Map() }, critical)).toBe('skip no_destination')
    expect(mail({}, { ...critical, requested: ['in_app'] })).toBe('skip not_requested')
  })
})

describe('a locked cell', () => {
  const muted = { routes: new Map([['email', false]]), preferences: { channels: { email: false } } }

  it('is on, or off, whatever the preferences say', () => {
    expect(mail(muted, type({ locked: ['email'] }))).toBe('deliver locked')
    expect(mail(muted, type({ locked: ['email'], channels: { email: true } }))).toBe('deliver locked')
    expect(mail({ routes: new Map([['email', true]]) }, type({ locked: ['email'], channels: {} }))).toBe('skip route_off')
  })

  it('is still skipped where delivery is impossible', () => {
    expect(mail({ places: gone }, type({ locked: ['email'] }))).toBe('skip destination_gone')
  })
})

it('lets an event type that confirms destinations reach an unconfirmed one', () => {
  expect(mail({ places: unconfirmed }, type({ confirms: true }))).toBe('deliver routed')
})

describe('an event for one place', () => {
  const two = aStanding({ places: new Map([['email', [aPlace({ id: 'dst_1', confirmed: false }), aPlace({ id: 'dst_2', confirmed: false })]]]) })
  const confirming = { ...type({ confirms: true }), onePlace: true }

  it('sees that place and no other, confirmed or not', () => {
    expect(narrowed(two, 'dst_2').places.get('email')).toEqual([aPlace({ id: 'dst_2', confirmed: false })])
    expect(mail(narrowed(two, 'dst_2'), confirming)).toBe('deliver routed')
    expect(narrowed(two, null)).toBe(two)
  })

  it('is skipped as gone when the place was removed or replaced, at every moment', () => {
    for (const moment of ['plan', 'release', 'attempt'] as const) expect(mail(narrowed(two, 'dst_3'), confirming, email, moment)).toBe('skip destination_gone')
  })

  it('is each event that names one, and each of a type that confirms places', () => {
    const told = (place: string | null, confirms: boolean) => isForOnePlace({ place }, { confirms })
    expect([told('dst_1', false), told(null, true), told(null, false)]).toEqual([true, true, false])
  })
})

it('plans without a connection while the hub only logs', () => {
  expect(mail({}, { logOnly: true }, aChannel({ connected: false }))).toBe('deliver routed')
})

it('needs no destination in the app', () => {
  expect(route(aStanding({ places: new Map() }), inApp, aContext(), 'plan')).toEqual({ decision: 'deliver', reason: 'routed' })
})

describe('the recipient as a whole', () => {
  it('is skipped when the event has expired, and that comes before being inactive', () => {
    expect(recipientSkip(aStanding({ active: false }), aContext({ expiresAt: NOON }))).toEqual({ decision: 'skip', reason: 'expired' })
    expect(recipientSkip(aStanding({ active: false }), aContext({ expiresAt: NOON + 1 }))).toEqual({ decision: 'skip', reason: 'user_inactive' })
    expect(recipientSkip(aStanding(), aContext({ expiresAt: NOON + 1 }))).toBeNull()
  })
})

describe('the inbox', () => {
  const inbox = (eventType: Parameters<typeof anEventType>[0], routes = new Map<string, boolean>()) => {
    const { decision, reason } = route(aStanding({ routes }), inApp, aContext(type(eventType)), 'plan')
    return `${decision} ${reason}`
  }

  it('is on although an event type names only other channels, unless it says `in_app: false`', () => {
    expect(inbox({ channels: { email: true } })).toBe('deliver routed')
    expect(inbox({ channels: {} })).toBe('deliver routed')
    expect(inbox({ channels: { in_app: false } })).toBe('skip route_off')
    expect(mail({}, type({ channels: { in_app: true } }))).toBe('skip route_off')
  })

  it('follows a person’s setting, and a locked cell the event type', () => {
    expect(inbox({ channels: { in_app: false } }, new Map([['in_app', true]]))).toBe('deliver routed')
    expect(inbox({ channels: { email: true } }, new Map([['in_app', false]]))).toBe('skip route_off')
    expect(inbox({ channels: { email: true }, locked: ['in_app'] }, new Map([['in_app', false]]))).toBe('deliver locked')
    expect(inbox({ channels: { in_app: false }, locked: ['in_app'] }, new Map([['in_app', true]]))).toBe('skip route_off')
  })
})

describe('a time rule', () => {
  const LATER = NOON + 60_000
  const rule = (more: Partial<TimeRule> = {}): TimeRule => ({ reason: 'quiet_hours', moments: ['plan', 'release', 'attempt'], until: () => LATER, ...more })
  const verdict = (timeRules: TimeRule[], moment: Moment = 'plan', context: Partial<RoutingContext> = {}, channel = email, standing: Partial<Standing> = {}) =>
    route(aStanding(standing), channel, aContext({ timeRules, ...context }), moment)

  it('holds until its time, and applies only after every reason to skip', () => {
    expect(verdict([rule()])).toEqual({ decision: 'hold', reason: 'quiet_hours', until: LATER })
    expect(verdict([rule()], 'plan', {}, email, { preferences: { channels: { email: false } } })).toEqual({ decision: 'skip', reason: 'channel_off' })
    expect(verdict([rule()], 'plan', type({ locked: ['email'] }))).toMatchObject({ decision: 'hold' })
  })

  it('is the first of its list that applies, and has a time that is still to come', () => {
    const never = rule({ reason: 'digest', until: () => null })
    const over = rule({ reason: 'rate_limited', until: () => NOON })
    expect(verdict([never, over, rule(), rule({ reason: 'digest' })])).toMatchObject({ reason: 'quiet_hours' })
    expect(verdict([over])).toEqual({ decision: 'deliver', reason: 'routed' })
  })

  it('is checked at its moments only', () => {
    const atPlanning = rule({ moments: ['plan'] })
    expect(verdict([atPlanning], 'plan')).toMatchObject({ decision: 'hold' })
    expect(verdict([atPlanning], 'release')).toEqual({ decision: 'deliver', reason: 'routed' })
    expect(verdict([atPlanning], 'attempt')).toEqual({ decision: 'deliver', reason: 'routed' })
  })

  it('holds nothing that is critical, and never the inbox', () => {
    expect(verdict([rule()], 'plan', type({ critical: true }))).toEqual({ decision: 'deliver', reason: 'critical' })
    expect(verdict([rule()], 'plan', {}, inApp)).toEqual({ decision: 'deliver', reason: 'routed' })
  })
})

describe('a delivery that was planned before', () => {
  it('waits for another connection when its own went away', () => {
    const unconnected = aChannel({ connected: false })
    expect(mail({}, {}, unconnected, 'plan')).toBe('skip no_connection')
    expect(mail({}, {}, unconnected, 'release')).toBe('deliver routed')
    expect(mail({}, {}, unconnected, 'attempt')).toBe('deliver routed')
  })

  it('goes to its planned place, or to the one that replaced the only place of its channel', () => {
    const [first, second] = [aPlace({ id: 'dst_1', label: 'one' }), aPlace({ id: 'dst_2', label: 'two' })]
    const list = aStanding({ places: new Map([['apprise', [first, second]]]) })
    expect(placeNow(list, 'apprise', 'dst_2', false)).toBe(second)
    expect(placeNow(list, 'apprise', 'dst_3', false)).toBeNull()
    const replaced = aPlace({ id: 'dst_new' })
    const moved = aStanding({ places: new Map([['email', [replaced]]]) })
    expect(placeNow(moved, 'email', 'dst_old', false)).toBe(replaced)
    expect(placeNow(moved, 'email', 'dst_old', true), 'what is for one place follows nobody').toBeNull()
    expect(placeNow(moved, 'email', 'dst_new', true)).toBe(replaced)
    expect(placeNow(aStanding(), 'webhook', 'dst_ada', false)).toBeNull()
  })

  it('depends on its own place only', () => {
    const dead = aPlace({ id: 'dst_1', label: 'one', gone: true })
    const standing = aStanding({ places: new Map([['email', [dead, aPlace({ id: 'dst_2', label: 'two' })]]]) })
    expect(mail(standing)).toBe('deliver routed')
    expect(mail(standingAt(standing, 'email', dead), {}, email, 'attempt')).toBe('skip destination_gone')
    expect(mail(standingAt(standing, 'email', null), {}, email, 'attempt')).toBe('skip no_destination')
  })
})
