import type { Decision, Reason } from '../domain/decision.ts'
import type { Channel, Occasion, Reach } from './reach.ts'
import { IMPOSSIBLE, WISHES } from './rules.ts'

/**
 * Where one user hears of one event: a decision for every channel of the hub, in their order. Pure.
 * What is impossible comes before what the person wished. `/v1/explain` calls exactly this.
 */
export function route(reach: Reach, occasion: Occasion): Decision[] {
  return occasion.channels.map((channel) => routeChannel(reach, channel, occasion))
}

export function routeChannel(reach: Reach, channel: Channel, occasion: Occasion): Decision {
  const impossible = first(IMPOSSIBLE, reach, channel, occasion)
  if (impossible) return { channel: channel.name, decision: 'skip', reason: impossible }
  const { eventType } = occasion
  if (eventType.critical) return { channel: channel.name, decision: 'deliver', reason: 'critical' }
  if (eventType.locked.includes(channel.name)) return lockedCell(channel.name, eventType.channels)
  const wish = first(WISHES, reach, channel, occasion)
  if (wish) return { channel: channel.name, decision: 'skip', reason: wish }
  return { channel: channel.name, decision: 'deliver', reason: 'routed' }
}

/** A reason that concerns the person, before any channel is looked at; null when there is none. */
export function personSkip(reach: Reach, occasion: Occasion): Decision | null {
  if (occasion.expiresAt !== null && occasion.expiresAt <= occasion.now) return { channel: null, decision: 'skip', reason: 'expired' }
  if (!reach.active) return { channel: null, decision: 'skip', reason: 'user_inactive' }
  return null
}

function lockedCell(channel: string, defaults: { [channel: string]: boolean } | undefined): Decision {
  const on = defaults === undefined || defaults[channel] === true
  return { channel, decision: on ? 'deliver' : 'skip', reason: on ? 'locked' : 'route_off' }
}

const first = (rules: typeof IMPOSSIBLE, reach: Reach, channel: Channel, occasion: Occasion): Reason | undefined =>
  rules.find((rule) => rule.holds(reach, channel, occasion))?.reason
