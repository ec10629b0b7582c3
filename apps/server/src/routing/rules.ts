import type { Reason } from '../domain/decision.ts'
import type { Channel, Occasion, Reach } from './reach.ts'

/** One reason not to deliver; the lists below are read in order and the first that holds is recorded. */
export interface Rule {
  reason: Reason
  holds(reach: Reach, channel: Channel, occasion: Occasion): boolean
}

const place = (reach: Reach, channel: Channel) => reach.places.get(channel.name)

/** For every event, also a critical one: it cannot be done. */
export const IMPOSSIBLE: readonly Rule[] = [
  { reason: 'not_requested', holds: (_reach, channel, occasion) => occasion.requested !== null && !occasion.requested.includes(channel.name) },
  { reason: 'channel_disabled', holds: (_reach, channel) => !channel.enabled },
  { reason: 'no_connection', holds: (_reach, channel, occasion) => !channel.connected && !occasion.logOnly },
  { reason: 'no_destination', holds: (reach, channel) => channel.needsDestination && place(reach, channel) === undefined },
  { reason: 'destination_gone', holds: (reach, channel) => place(reach, channel)?.gone === true },
  {
    reason: 'destination_unconfirmed',
    holds: (reach, channel, { eventType }) => place(reach, channel)?.confirmed === false && !eventType.confirms,
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
