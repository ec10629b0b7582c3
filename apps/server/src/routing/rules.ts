import type { Reason } from '../domain/decision.ts'
import { isOnByDefault } from '../domain/event-type.ts'
import type { Channel, Moment, Place, RoutingContext, Standing } from './standing.ts'

/** One reason not to deliver; the lists below are read in order and the first that applies is recorded. */
export interface Rule {
  reason: Reason
  /** Applied at these moments only; absent = always. */
  moments?: readonly Moment[]
  applies(standing: Standing, channel: Channel, context: RoutingContext): boolean
}

const NOWHERE: readonly Place[] = []
/** The places where a recipient can be reached on a channel; none on a channel that needs no place. */
export const placesOn = (standing: Standing, channel: Channel): readonly Place[] => standing.places.get(channel.name) ?? NOWHERE
/** Of several places it is enough that one can be used. */
const all = (standing: Standing, channel: Channel, is: (place: Place) => boolean) =>
  placesOn(standing, channel).length > 0 && placesOn(standing, channel).every(is)
const isServed = ({ provider }: Place, channel: Channel) => provider === undefined || channel.providers?.includes(provider) !== false

/** Why one of several places is left out while others are used; null when it is not. */
export function placeSkip(place: Place, channel: Channel, { eventType, logOnly }: RoutingContext): Reason | null {
  if (!logOnly && !isServed(place, channel)) return 'no_connection'
  if (place.gone) return 'destination_gone'
  return place.confirmed || eventType.confirms ? null : 'destination_unconfirmed'
}

/** These apply to every event, also a critical one: delivery is impossible. */
export const IMPOSSIBLE: readonly Rule[] = [
  { reason: 'not_requested', applies: (_standing, channel, { requested }) => requested !== null && !requested.includes(channel.name) },
  { reason: 'channel_disabled', applies: (_standing, channel) => !channel.enabled },
  {
    reason: 'no_connection',
    // A planned delivery whose connection went away is not dropped: it waits for another one.
    moments: ['plan'],
    applies: (standing, channel, { logOnly }) => !logOnly && (!channel.connected || all(standing, channel, (place) => !isServed(place, channel))),
  },
  {
    reason: 'destination_gone',
    // It was removed or replaced. What is for one place goes to no other one.
    applies: (standing, channel, { onePlace }) => onePlace && channel.needsDestination && placesOn(standing, channel).length === 0,
  },
  { reason: 'no_destination', applies: (standing, channel) => channel.needsDestination && placesOn(standing, channel).length === 0 },
  { reason: 'destination_gone', applies: (standing, channel) => all(standing, channel, ({ gone }) => gone) },
  {
    reason: 'destination_unconfirmed',
    applies: (standing, channel, { eventType }) => !eventType.confirms && all(standing, channel, ({ gone, confirmed }) => gone || !confirmed),
  },
]

/** The person's preferences. They are skipped for critical events and for cells that the event type locks. */
export const WISHES: readonly Rule[] = [
  { reason: 'channel_off', applies: (standing, channel) => standing.preferences.channels?.[channel.name] === false },
  {
    reason: 'category_off',
    applies: (standing, channel, { eventType }) => standing.preferences.categories?.[eventType.category]?.[channel.name] === false,
  },
  // A cell is the person's setting, else the event type's default.
  { reason: 'route_off', applies: (standing, channel, { eventType }) => !(standing.routes.get(channel.name) ?? isOnByDefault(eventType, channel.name)) },
]
