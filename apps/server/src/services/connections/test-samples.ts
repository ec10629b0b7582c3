import type { Subscription } from '../../domain/connection.ts'
import type { EventType } from '../../domain/event-type.ts'
import type { JsonObject } from '../../domain/json.ts'
import { sampleOfKind } from '../../providers/kit/prowlarr-samples.ts'

/** An event type with sample data. */
export type Sample = EventType & { sample: JsonObject }

/**
 * One event type with sample data for each that a connection subscribes to, in its order. Conditions are ignored, because this is a test.
 * `*`, or a connection that names no registered type, gets the general test message.
 */
export function samplesOf(events: readonly Subscription[], find: (key: string) => EventType | undefined): Sample[] {
  const keys = new Set(events.map(({ type }) => (type === '*' ? 'test' : type)))
  const types = [...keys].flatMap((key) => find(key) ?? [])
  return (types.length > 0 ? types : [find('test')!]).map((type) => ({ ...type, sample: type.sample ?? sampleOfKind(type) ?? {} }))
}
