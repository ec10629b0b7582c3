import type { Reason } from '../domain/decision.ts'
import type { Channel, Occasion, Place, Reach } from './reach.ts'

/** One reason not to deliver; the lists below are read in order and the first that holds is recorded. */
export interface Rule {
  reason: Reason
  holds(reach: Reach, channel: Channel, occasion: Occasion): boolean
}

const NOWHERE: readonly Place[] = []
/** Where a person can be reached on a channel; none on one that needs no place. */
export const placesOn = (reach: Reach, channel: Channel): readonly Place[] => reach.places.get(channel.name) ?? NOWHERE
/** Of several places it is enough that one can be used. */
const all = (reach: Reach, channel: Channel, holds: (place: Place) => boolean) => placesOn(reach, channel).length > 0 && placesOn(reach, channel).every(holds)
const isServed = ({ provider }: Place, channel: Channel) => provider === undefined || channel.providers?.includes(provider) !== false

/** Why one of several places is left out while others hear; null when it is not. */
export function placeSkip(place: Place, channel: Channel, { eventType, logOnly }: Occasion): Reason | null {
  if (!logOnly && !isServed(place, channel)) return 'no_connection'
  if (place.gone) return 'destination_gone'
  return place.confirmed || eventType.confirms ? null : 'destination_unconfirmed'
}

/** For every event, also a critical one: it cannot be done. */
export const IMPOSSIBLE: readonly Rule[] = [
  { reason: 'not_requested', holds: (_reach, channel, occasion) => occasion.requested !== null && !occasion.requested.includes(channel.name) },
  { reason: 'channel_disabled', holds: (_reach, channel) => !channel.enabled },
  {
    reason: 'no_connection',
    holds: (reach, channel, occasion) => !occasion.logOnly && (!channel.connected || all(reach, channel, (place) => !isServed(place, channel))),
  },
  { reason: 'no_destination', holds: (reach, channel) => channel.needsDestination && placesOn(reach, channel).length === 0 },
  { reason: 'destination_gone', holds: (reach, channel) => all(reach, channel, ({ gone }) => gone) },
  {
    reason: 'destination_unconfirmed',
    holds: (reach, channel, { eventType }) => !eventType.confirms && all(reach, channel, ({ gone, confirmed }) => gone || !confirmed),
  },
]

/** What the person wished: skipped for critical events and for cells that the event type locks. */
export const WISHES: readonly Rule[] = [
  { reason: 'channel_off', holds: (reach, channel) => reach.preferences.channels?.[channel.name] === false },
  {
    reason: 'category_off',
    holds: (reach, channel, { eventType }) => reach.preferences.categories?.[eventType.category]?.[channel.name] === false,
  },
  { reason: 'route_off', holds: (reach, channel, { eventType }) => !cellIsOn(reach, channel.name, eventType.channels) },
]

/** A cell: what the person set, else the event type's default, else on. */
function cellIsOn(reach: Reach, channel: string, defaults: { [channel: string]: boolean } | undefined): boolean {
  return reach.routes.get(channel) ?? (defaults === undefined ? true : defaults[channel] === true)
}
