import type { EventType } from '../domain/event-type.ts'
import type { JsonObject } from '../domain/json.ts'
import { didYouMean } from '../domain/nearest.ts'
import { quoted } from '../domain/quoted.ts'
import { CarillonError } from '../errors.ts'
import { compileDataSchema, type DataCheck } from '../forms/data-schema.ts'

/** An event type, ready for use: its schema is compiled once. */
export interface CatalogueEntry {
  readonly eventType: EventType
  readonly check: DataCheck
  /** Whether a field of `data` is marked `x-sensitive`. */
  readonly sensitive: boolean
}

/** The registered event types, in memory. The store behind it is read at start and on each change by another node. */
export interface Catalogue {
  /** Throws `unknown_event_type`. */
  entry(key: string): CatalogueEntry
  find(key: string): CatalogueEntry | undefined
  all(): EventType[]
  /** Replaces everything: code first, then the types stored by the API. */
  replace(eventTypes: readonly EventType[]): void
}

export function createCatalogue(): Catalogue {
  let entries = new Map<string, CatalogueEntry>()
  return {
    entry(key) {
      const entry = entries.get(key)
      if (entry === undefined)
        throw new CarillonError('unknown_event_type', {
          detail: `No event type "${quoted(key)}" is registered${didYouMean(key, [...entries.keys()])}; PUT /v1/event-types/${encodeURIComponent(quoted(key))} makes one.`,
          errors: [{ pointer: '/type', message: `is not a registered event type${didYouMean(key, [...entries.keys()])}` }],
        })
      return entry
    },
    find: (key) => entries.get(key),
    all: () => [...entries.values()].map(({ eventType }) => eventType),
    replace(eventTypes) {
      const next = new Map<string, CatalogueEntry>()
      for (const eventType of eventTypes) {
        const known = entries.get(eventType.key)
        next.set(eventType.key, known && JSON.stringify(known.eventType) === JSON.stringify(eventType) ? known : toEntry(eventType))
      }
      entries = next
    },
  }
}

export const toEntry = (eventType: EventType): CatalogueEntry => ({
  eventType,
  check: checkOf(eventType),
  sensitive: isSensitive(eventType.schema),
})

/** A schema that an older version stored may break a rule of this one. Only the events of its type are refused then: the hub must start. */
function checkOf({ key, schema }: EventType): DataCheck {
  try {
    return compileDataSchema(schema)
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    return () => [{ pointer: '/type', message: `cannot be reported until PUT /v1/event-types/${encodeURIComponent(key)} gives it another schema: its ${why}` }]
  }
}

const isSensitive = (schema: JsonObject | undefined): boolean => schema !== undefined && JSON.stringify(schema).includes('"x-sensitive":true')
