import type { Connection, Subscription } from '../domain/connection.ts'
import type { Decision } from '../domain/decision.ts'
import type { Event } from '../domain/event.ts'
import { type EventType, severityRank } from '../domain/event-type.ts'
import { isJsonObject, type Json, type JsonObject } from '../domain/json.ts'

/** The subscriptions by which a shared connection hears of events of this type. */
export const subscriptionsOf = ({ events }: Connection, { type: wanted }: Pick<Event, 'type'>, { category }: EventType): Subscription[] =>
  events.filter(({ type }) => type === wanted || (type === '*' && category !== 'system'))

/**
 * Whether a shared connection gets an event, with the reason; null when it does not subscribe to the type at all.
 * Tags narrow: a connection with tags gets only events that share one, unless the event type is for everyone who subscribes.
 */
export function routeShared(
  connection: Connection,
  event: Pick<Event, 'type' | 'data' | 'tags' | 'severity' | 'channels' | 'place'>,
  eventType: EventType,
  sensitive: boolean,
): Decision | null {
  const subscriptions = subscriptionsOf(connection, event, eventType)
  if (subscriptions.length === 0) return null
  const skip = (reason: Decision['reason']): Decision => ({ channel: connection.channel, connection: connection.id, decision: 'skip', reason })
  if (event.channels !== null && !event.channels.includes(connection.channel)) return skip('not_requested')
  if (sensitive) return skip('sensitive')
  // What is for one place of a person is for nobody else.
  if (event.place !== null) return skip('not_requested')
  if (connection.minSeverity !== null && severityRank[event.severity] < severityRank[connection.minSeverity]) return skip('severity')
  if (eventType.tagFiltered && connection.tags.length > 0 && !connection.tags.some((tag) => event.tags.includes(tag))) return skip('tags')
  if (!subscriptions.some(({ when }) => when === undefined || matches(event.data, when))) return skip('condition')
  return { channel: connection.channel, connection: connection.id, decision: 'deliver', reason: 'routed' }
}

/** Every named field (dotted path) must equal the wanted value, or one of them when a list is wanted. A missing field is null. */
function matches(data: JsonObject, when: NonNullable<Subscription['when']>): boolean {
  return Object.entries(when).every(([path, wanted]) => {
    const value = path.split('.').reduce<Json | undefined>((at, key) => (isJsonObject(at) && Object.hasOwn(at, key) ? at[key] : undefined), data) ?? null
    return Array.isArray(wanted) ? wanted.some((one) => one === value) : wanted === value
  })
}
