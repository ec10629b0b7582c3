import type { Subscription } from '../../domain/connection.ts'
import type { EventType } from '../../domain/event-type.ts'
import type { JsonObject } from '../../domain/json.ts'
import { sampleOfKind } from '../../providers/kit/prowlarr-samples.ts'

/** An event type with something to show. */
export type Sample = EventType & { sample: JsonObject }

/**
 * One event type, with data to show, for each that a connection listens to, in its order; conditions do not count, for this is a test.
 * `*`, and a connection that names none that is registered, stand for the general test message.
 */
export function samplesOf(events: readonly Subscription[], find: (key: string) => EventType | undefined): Sample[] {
  const keys = new Set(events.map(({ type }) => (type === '*' ? 'test' : type)))
  const types = [...keys].flatMap((key) => find(key) ?? [])
  return (types.length > 0 ? types : [find('test')!]).map((type) => ({ ...type, sample: type.sample ?? sampleOfKind(type) ?? {} }))
}
