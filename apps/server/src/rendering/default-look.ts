import type { EventType } from '../domain/event-type.ts'
import { isJsonObject, type Json, type JsonObject } from '../domain/json.ts'
import type { Block } from './document.ts'
import { plainValue, textOf } from './sealed.ts'

const SHOWN = 30

/** Whether a schema marks any field as sensitive. */
const hides = (schema: Json | undefined): boolean =>
  Array.isArray(schema) ? schema.some(hides) : isJsonObject(schema) && (schema['x-sensitive'] === true || Object.values(schema).some(hides))

/** The body of an event type without templates: its data as a list. Sensitive values only appear in templates that name them. */
export function dataList(eventType: EventType, data: JsonObject): Block[] {
  const properties = eventType.schema?.['properties']
  const items = Object.entries(data)
    .filter(([name, value]) => value !== null && value !== '' && !(isJsonObject(properties) && hides(properties[name])))
    .slice(0, SHOWN)
    .map(([name, value]): Block[] => [
      {
        kind: 'paragraph',
        inner: [
          { kind: 'strong', inner: [{ kind: 'text', text: line(name) }] },
          { kind: 'text', text: `: ${line(value)}` },
        ],
      },
    ])
  return items.length === 0 ? [] : [{ kind: 'list', start: null, items }]
}

const line = (value: Json): string =>
  plainValue(textOf(Array.isArray(value) ? value.map((item) => plainValue(textOf(item))).join(', ') : value)).replace(/\s+/g, ' ')
