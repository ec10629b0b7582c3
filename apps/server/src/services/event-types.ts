import type { EventTypeInput } from '@carillon/client'
import { withDefaults } from '@carillon/pack'
import { channelsIn, unknownChannels } from '../catalogue/unknown-channels.ts'
import { type Asker, byOf } from '../domain/caller.ts'
import type { EventType } from '../domain/event-type.ts'
import type { Rows, Slice } from '../domain/page.ts'
import { quotedPointer, quotedWords } from '../domain/quoted.ts'
import { CarillonError, type ErrorCode, type FieldError, found } from '../errors.ts'
import { compileDataSchema } from '../forms/data-schema.ts'
import { schemaProblems } from '../forms/schema/problems.ts'
import { tryTexts } from '../rendering/trial.ts'
import type { EventTypeStore } from '../storage/catalogue/event-types.ts'
import { needs } from './needs.ts'

export interface EventTypeServiceParts {
  store: Pick<EventTypeStore, 'put' | 'remove'>
  catalogue: {
    /** Every registered event type: from code and over the API. */
    all(): EventType[]
    /** Reads the store again, so that the next request on this node sees the change. */
    reload(): Promise<void>
  }
  /** Every channel of this hub. */
  channels: readonly string[]
  /** Whether links may be paths: the hub knows where the application is. */
  paths: boolean
}

/** The catalogue of event types. Changing it needs the scope `manage`. */
export function createEventTypeService({ store, catalogue, channels, paths }: EventTypeServiceParts) {
  const manage = needs('manage')
  const find = (key: string) => catalogue.all().find((entry) => entry.key === key)
  return {
    all: catalogue.all,
    /** By key. */
    list({ limit, after }: Slice): Rows<EventType> {
      const sorted = catalogue.all().sort((a, b) => (a.key < b.key ? -1 : 1))
      const rest = sorted.filter(({ key }) => after === null || key > after)
      const rows = rest.slice(0, limit)
      return { rows, next: rest.length > limit ? rows[limit - 1]!.key : null }
    },
    get: (key: string): EventType => found(find(key)),
    /** Replaces it. Throws `unknown_channel`, except for names that it had before: their channel has gone since. Throws `invalid_field` with every error in its schema, sample or templates. */
    put: manage(async (who: Asker, key: string, input: EventTypeInput): Promise<EventType> => {
      const eventType: EventType = withDefaults({ name: key, category: 'general', ...input, key })
      const stored = find(key)
      refuse('unknown_channel', unknownChannels(eventType, stored === undefined ? channels : [...channels, ...channelsIn(stored)]))
      refuse('invalid_field', await checkEventType(eventType, paths))
      await store.put(eventType, byOf(who))
      await catalogue.reload()
      return eventType
    }),
    remove: manage(async (who: Asker, key: string): Promise<void> => {
      found(await store.remove(key, byOf(who)))
      await catalogue.reload()
    }),
  }
}

function refuse(code: ErrorCode, errors: readonly FieldError[]): void {
  if (errors[0]) throw new CarillonError(code, { detail: `${errors[0].pointer} ${errors[0].message}`, errors: [...errors] })
}

export type EventTypeService = ReturnType<typeof createEventTypeService>

/**
 * Checks that a schema of the request cannot express: whether the data schema can be applied in bounded time and fits the sample, and whether the
 * templates and the dedup template render.
 */
async function checkEventType(eventType: EventType, paths: boolean): Promise<FieldError[]> {
  const problems = eventType.schema === undefined ? [] : schemaProblems(eventType.schema)
  if (problems.length > 0) return problems.map(({ pointer, message }) => ({ pointer: quotedPointer(`/schema${pointer}`), message: quotedWords(message) }))
  const wrong = eventType.sample === undefined ? [] : compileDataSchema(eventType.schema)(eventType.sample)
  if (wrong.length > 0) return wrong.map(({ pointer, message }) => ({ pointer: pointer.replace(/^\/data/, '/sample'), message }))
  const texts = { templates: eventType.templates, ...(eventType.dedup === undefined ? {} : { dedup: eventType.dedup }) }
  return tryTexts(texts, eventType.sample, { paths })
}
