import { hashOfAddressId } from '../domain/address-id.ts'
import type { HoldReason } from '../domain/decision.ts'
import type { Event } from '../domain/event.ts'
import type { EventType } from '../domain/event-type.ts'
import type { NamedBy } from '../domain/named-by.ts'
import type { Preferences } from '../domain/preferences.ts'
import type { Millis } from '../domain/time.ts'

/** One place where a recipient is reached on one channel. */
export interface Place {
  id: string
  addressHash: string
  confirmed: boolean
  gone: boolean
  /** Devices only: the provider of the device, and its language. */
  provider?: string
  locale?: string
  /** Where there may be several places: the name of this one in the trace. */
  label?: string
  /** Read for an attempt only: the destination as it is stored, with its secrets still sealed, its version, and who named it. */
  stored?: { body: string; updatedAt: Millis; namedBy: NamedBy }
}

/** Where one recipient stands when the channels are decided: places, routes, preferences. A user, or a bare address (`adr_…`), which has no preferences. */
export interface Standing {
  recipient: string
  active: boolean
  /** Per channel: one destination, the entries of a list, or all devices. */
  places: ReadonlyMap<string, readonly Place[]>
  /** Cells of the matrix for this event type that the user set. */
  routes: ReadonlyMap<string, boolean>
  preferences: Preferences
}

/** One channel of the hub as it is now. */
export interface Channel {
  name: string
  enabled: boolean
  /** `in_app` needs neither. */
  needsDestination: boolean
  connected: boolean
  /** Channels with devices: the providers that have a connection. */
  providers?: readonly string[]
}

/** When a decision is made: at fan-out, when a hold ends, or just before an attempt. */
export type Moment = 'plan' | 'release' | 'attempt'

/** One reason to deliver later. */
export interface TimeRule {
  reason: HoldReason
  moments: readonly Moment[]
  /** When it is decided again, in milliseconds; null when the rule does not apply. */
  until(standing: Standing, channel: Channel, context: RoutingContext): Millis | null
}

/** The facts that are the same for all recipients of one event. */
export interface RoutingContext {
  eventType: EventType
  /** `channels` of the event, if it narrows. */
  requested: readonly string[] | null
  /** Whether it is for one place each: another one never takes that one's part. */
  onePlace: boolean
  expiresAt: Millis | null
  /** No usable connection at all: plan everything, send nothing, log it. */
  logOnly: boolean
  /** Time rules, in their order. */
  timeRules: readonly TimeRule[]
  now: Millis
}

/** A bare address is reached by mail. */
export const addressStanding = (id: string): Standing => ({
  recipient: id,
  active: true,
  places: new Map([['email', [{ id, addressHash: hashOfAddressId(id), confirmed: true, gone: false }]]]),
  routes: NO_ROUTES,
  preferences: {},
})
const NO_ROUTES: ReadonlyMap<string, boolean> = new Map()

/**
 * Whether what an event says concerns the very place that it is sent to: the event names one, or it confirms places. Whoever has another place,
 * also the one that replaced it, must not read it.
 */
export const isForOnePlace = ({ place }: Pick<Event, 'place'>, { confirms }: Pick<EventType, 'confirms'>): boolean => place !== null || confirms

/** The standing as an event for one place sees it; `place` null = the whole. */
export function narrowed(standing: Standing, place: string | null): Standing {
  if (place === null) return standing
  const kept = [...standing.places].map(([channel, places]): [string, readonly Place[]] => [channel, places.filter(({ id }) => id === place)])
  return { ...standing, places: new Map(kept) }
}

/**
 * The place that a planned delivery goes to, as it is now; null when the recipient removed it. The only place of a channel may have been
 * replaced since: the delivery follows it, unless it is for `onePlace`. A place that was removed from a list is gone.
 */
export function placeNow({ places }: Standing, channel: string, destinationId: string, onePlace: boolean): Place | null {
  const known = places.get(channel) ?? []
  return known.find(({ id }) => id === destinationId) ?? (onePlace ? undefined : known.find(({ label }) => label === undefined)) ?? null
}

/** The standing as one planned delivery sees it. */
export const standingAt = (standing: Standing, channel: string, place: Place | null): Standing => ({
  ...standing,
  places: new Map(place === null ? [] : [[channel, [place]]]),
})
