import { type Json, type JsonObject, pointerStep } from '../domain/json.ts'
import { MASK } from '../domain/secret-fields.ts'
import { mapMarked } from './marked-fields.ts'

/** The sensitive values of one event by JSON pointer (RFC 6901) into its data. */
export type Sensitive = { [pointer: string]: Json }

/** Extracts the fields marked `x-sensitive` from an event's data; `sensitive` is null when there are none. */
export function splitSensitive(schema: object | undefined, data: JsonObject): { data: JsonObject; sensitive: Sensitive | null } {
  if (!schema) return { data, sensitive: null }
  const taken: [string, Json][] = []
  const masked = mapMarked(schema, 'x-sensitive', data, (value, pointer) => {
    taken.push([pointer, value])
    return MASK
  })
  return taken.length === 0 ? { data, sensitive: null } : { data: masked, sensitive: Object.fromEntries(taken) }
}

/** The data as reported; once the sensitive values are deleted (after the last delivery ended) the masks stay. */
export function mergeSensitive(data: JsonObject, sensitive: Sensitive | null): JsonObject {
  if (!sensitive) return data
  const walk = (value: Json, pointer: string): Json => {
    if (Object.hasOwn(sensitive, pointer)) return sensitive[pointer] ?? null
    if (Array.isArray(value)) return value.map((item, index) => walk(item, `${pointer}/${index}`))
    return typeof value === 'object' && value !== null ? walkEntries(value, pointer) : value
  }
  const walkEntries = (object: JsonObject, pointer: string): JsonObject =>
    Object.fromEntries(Object.entries(object).map(([key, value]) => [key, walk(value, `${pointer}/${pointerStep(key)}`)]))
  return walkEntries(data, '')
}
