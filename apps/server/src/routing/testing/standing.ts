import { anEventType, NOON } from '../../domain/testing/samples.ts'
import type { Channel, Place, RoutingContext, Standing } from '../standing.ts'

export const aPlace = (more: Partial<Place> = {}): Place => ({ id: 'dst_ada', addressHash: 'hash-ada', confirmed: true, gone: false, ...more })

export const aChannel = (more: Partial<Channel> = {}): Channel => ({ name: 'email', enabled: true, needsDestination: true, connected: true, ...more })

export const inApp = aChannel({ name: 'in_app', needsDestination: false })

/** Ada, who can be reached by mail and has no settings. */
export const aStanding = (more: Partial<Standing> = {}): Standing => ({
  recipient: 'ada',
  active: true,
  places: new Map([['email', [aPlace()]]]),
  routes: new Map(),
  preferences: {},
  ...more,
})

/** A failed build, decided now on a hub with an inbox and mail. */
export const aContext = (more: Partial<RoutingContext> = {}): RoutingContext => ({
  eventType: anEventType(),
  requested: null,
  onePlace: false,
  expiresAt: null,
  logOnly: false,
  timeRules: [],
  now: NOON,
  ...more,
})
