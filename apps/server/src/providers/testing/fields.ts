import type { TObject } from 'typebox'
import type { JsonObject } from '../../domain/json.ts'

/** Fields without a label. */
export const fieldsWithoutTitle = (schema: TObject): string[] =>
  Object.entries(schema.properties).flatMap(([name, field]) => ('title' in field && typeof field.title === 'string' && field.title !== '' ? [] : [name]))

/** Every text in a secret field of `value`. */
export function secretsIn(schema: TObject, value: JsonObject): string[] {
  return Object.entries(schema.properties).flatMap(([name, field]) => ('x-secret' in field ? textsIn(value[name]) : []))
}

function textsIn(value: unknown): string[] {
  if (typeof value === 'string') return [value]
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(textsIn) : []
}
