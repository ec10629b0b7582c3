import { shownAddress, shownHost, shownUrl } from '../domain/host.ts'
import type { Json, JsonObject } from '../domain/json.ts'

interface Field {
  format?: string
  items?: Field
  properties?: { [name: string]: Field }
}

const BY_FORMAT: { [format: string]: (text: string) => string } = { email: shownAddress, 'http-url': shownUrl }

/**
 * The values of a form with every host as it may be shown: in fields that are mail addresses or URLs by their schema, and in `host`. Names, texts
 * and sign-ins stay as they are. Sent back, the values mean the same.
 */
export function shownHosts(schema: Field, value: JsonObject): JsonObject {
  const shown = (field: Field | undefined, one: Json, name: string): Json => {
    if (field === undefined) return one
    if (Array.isArray(one)) return one.map((entry) => shown(field.items, entry, name))
    if (typeof one === 'object' && one !== null) return shownHosts(field, one)
    if (typeof one !== 'string') return one
    return (BY_FORMAT[field.format ?? ''] ?? (name === 'host' ? shownHost : String))(one)
  }
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, shown(schema.properties?.[name], one, name)]))
}
