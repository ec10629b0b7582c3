import { deliver, type Reason, skip, type Verdict } from '../domain/decision.ts'
import { isOnByDefault } from '../domain/event-type.ts'
import { IMPOSSIBLE, type Rule, WISHES } from './rules.ts'
import type { Channel, Moment, RoutingContext, Standing } from './standing.ts'

/**
 * Whether one event goes to one recipient on one channel, and why. Pure. Impossible cases come first, then the person's preferences, then
 * the time. Planning, `/v1/explain`, the release of held deliveries and the second check of an attempt all call this; `moment` says
 * which of them does.
 */
export function route(standing: Standing, channel: Channel, context: RoutingContext, moment: Moment): Verdict {
  const impossible = first(IMPOSSIBLE_AT[moment], standing, channel, context)
  if (impossible) return skip(impossible)
  const { eventType } = context
  if (eventType.critical) return deliver('critical')
  const locked = eventType.locked.includes(channel.name)
  if (locked && !isOnByDefault(eventType, channel.name)) return skip('route_off')
  const wish = locked ? undefined : first(WISHES_AT[moment], standing, channel, context)
  if (wish) return skip(wish)
  return hold(standing, channel, context, moment) ?? deliver(locked ? 'locked' : 'routed')
}

/** A reason that concerns the recipient, before any channel is checked; null when there is none. */
export function recipientSkip(standing: Standing, { expiresAt, now }: RoutingContext): Verdict | null {
  if (expiresAt !== null && expiresAt <= now) return skip('expired')
  return standing.active ? null : skip('user_inactive')
}

function hold(standing: Standing, channel: Channel, context: RoutingContext, moment: Moment): Verdict | null {
  // The inbox interrupts nobody: an entry is there at once or never.
  if (!channel.needsDestination) return null
  for (const rule of context.timeRules) {
    const until = rule.moments.includes(moment) ? rule.until(standing, channel, context) : null
    if (until !== null && until > context.now) return { decision: 'hold', reason: rule.reason, until }
  }
  return null
}

function first(rules: readonly Rule[], standing: Standing, channel: Channel, context: RoutingContext): Reason | undefined {
  for (const rule of rules) if (rule.applies(standing, channel, context)) return rule.reason
  return undefined
}

/** Sorted out once: a topic of 100,000 asks a million times. */
const at = (rules: readonly Rule[]): Record<Moment, readonly Rule[]> => {
  const askedAt = (moment: Moment) => rules.filter(({ moments }) => moments === undefined || moments.includes(moment))
  return { plan: askedAt('plan'), release: askedAt('release'), attempt: askedAt('attempt') }
}
const IMPOSSIBLE_AT = at(IMPOSSIBLE)
const WISHES_AT = at(WISHES)
