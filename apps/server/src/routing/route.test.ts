import { describe, expect, it } from 'vitest'
import { anEventType, NOON } from '../domain/testing/samples.ts'
import type { Occasion, Reach } from './reach.ts'
import { personSkip, route, routeChannel } from './route.ts'
import { aChannel, anOccasion, aPlace, aReach, inApp } from './testing/reach.ts'

const email = aChannel()
const off = { email: false }
const gone = new Map([['email', [aPlace({ gone: true })]]])
const unconfirmed = new Map([['email', [aPlace({ confirmed: false })]]])
const type = (more: Parameters<typeof anEventType>[0]) => ({ eventType: anEventType(more) })

/** What is decided about mail, in short. */
const mail = (reach: Partial<Reach> = {}, occasion: Partial<Occasion> = {}, channel = email) => {
  const { decision, reason } = routeChannel(aReach(reach), channel, anOccasion(occasion))
  return `${decision} ${reason}`
}

it('decides every channel of the hub, in their order', () => {
  expect(route(aReach(), anOccasion())).toEqual([
    { channel: 'in_app', decision: 'deliver', reason: 'routed' },
    { channel: 'email', decision: 'deliver', reason: 'routed' },
  ])
})

describe('says why a channel is skipped', () => {
  it.each<[reason: string, reach: Partial<Reach>, occasion: Partial<Occasion>, channel?: typeof email]>([
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
  ])('%s', (reason, reach, occasion, channel) => {
    expect(mail(reach, occasion, channel)).toBe(`skip ${reason}`)
  })
})

it('records the first reason that holds: the impossible before the wishes, both in their order', () => {
  const reasons: string[] = []
  const reach = {
    places: new Map(),
    routes: new Map([['email', false]]),
    preferences: { channels: { email: false }, categories: { builds: { email: false } } },
  }
  const told = (more: Partial<Reach>, occasion: Partial<Occasion>, channel: typeof email) => reasons.push(mail({ ...reach, ...more }, occasion, channel))
  const dead = aChannel({ enabled: false, connected: false })
  told({}, { requested: [] }, dead)
  told({}, {}, dead)
  told({}, {}, aChannel({ connected: false }))
  told({}, {}, email)
  told({ places: new Map([['email', [aPlace({ gone: true, confirmed: false })]]]) }, {}, email)
  told({ places: unconfirmed }, {}, email)
  told({ places: new Map([['email', [aPlace()]]]) }, {}, email)
  const { channels: _, ...preferences } = reach.preferences
  told({ places: new Map([['email', [aPlace()]]]), preferences }, {}, email)
  told({ places: new Map([['email', [aPlace()]]]), preferences: {} }, {}, email)
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

describe('the matrix', () => {
  it('lets what a person set win over the default of the event type, both ways', () => {
    expect(mail({ routes: new Map([['email', true]]) }, type({ channels: {} }))).toBe('deliver routed')
    expect(mail({ routes: new Map([['email', false]]) }, type({ channels: { email: true } }))).toBe('skip route_off')
  })

  it('is not moved by a wish for another channel or category', () => {
    expect(mail({ routes: new Map([['in_app', false]]), preferences: { channels: { ntfy: false }, categories: { billing: { email: false } } } })).toBe(
      'deliver routed',
    )
  })
})

describe('a critical event', () => {
  const critical = type({ critical: true, channels: {} })

  it('is heard against every wish', () => {
    expect(mail({ routes: new Map([['email', false]]), preferences: { channels: { email: false }, categories: { builds: { email: false } } } }, critical)).toBe(
      'deliver critical',
    )
  })

  it('is still not heard where that is impossible', () => {
    expect(mail({ places: new Map() }, critical)).toBe('skip no_destination')
    expect(mail({}, { ...critical, requested: ['in_app'] })).toBe('skip not_requested')
  })
})

describe('a locked cell', () => {
  const muted = { routes: new Map([['email', false]]), preferences: { channels: { email: false } } }

  it('is on against every wish, or off against every wish', () => {
    expect(mail(muted, type({ locked: ['email'] }))).toBe('deliver locked')
    expect(mail(muted, type({ locked: ['email'], channels: { email: true } }))).toBe('deliver locked')
    expect(mail({ routes: new Map([['email', true]]) }, type({ locked: ['email'], channels: {} }))).toBe('skip route_off')
  })

  it('does not make the impossible possible', () => {
    expect(mail({ places: gone }, type({ locked: ['email'] }))).toBe('skip destination_gone')
  })
})

it('lets an event type that confirms destinations reach an unconfirmed one', () => {
  expect(mail({ places: unconfirmed }, type({ confirms: true }))).toBe('deliver routed')
})

it('plans without a connection while the hub only logs', () => {
  expect(mail({}, { logOnly: true }, aChannel({ connected: false }))).toBe('deliver routed')
})

it('needs no destination in the app', () => {
  expect(routeChannel(aReach({ places: new Map() }), inApp, anOccasion())).toEqual({ channel: 'in_app', decision: 'deliver', reason: 'routed' })
})

describe('the person as a whole', () => {
  it('is skipped when it is too late, and that comes before being inactive', () => {
    expect(personSkip(aReach({ active: false }), anOccasion({ expiresAt: NOON }))).toEqual({ channel: null, decision: 'skip', reason: 'expired' })
    expect(personSkip(aReach({ active: false }), anOccasion({ expiresAt: NOON + 1 }))).toEqual({ channel: null, decision: 'skip', reason: 'user_inactive' })
    expect(personSkip(aReach(), anOccasion({ expiresAt: NOON + 1 }))).toBeNull()
  })
})
