import { type Json, type JsonObject, pointerStep } from '../domain/json.ts'
import { invalidField } from '../errors.ts'
import { linearPattern } from './linear-pattern.ts'

type Schema = { [keyword: string]: unknown }
const isSchema = (value: unknown): value is Schema => typeof value === 'object' && value !== null && !Array.isArray(value)

/** Keywords whose schemas apply to the same value, https://json-schema.org/draft/2020-12/json-schema-core#section-10.2 */
const SAME_VALUE = ['allOf', 'anyOf', 'oneOf', 'if', 'then', 'else', 'dependentSchemas', 'not']

/** Schemas that are looked at for one value and all in it, together: a hundred times what ordinary data takes, and some 30 ms. */
const MOST_LOOKED_AT = 250_000

/**
 * Returns a copy of `value` in which every field that the schema marks with `keyword: true` is replaced by `change`. A field is marked when
 * *any* schema that could apply to it marks it, whichever branch of `anyOf` or `if` holds: hiding one field too many is safer than showing
 * one. A mark on the root marks every field. Throws on a `$ref` out of the schema,
 * and `invalid_field` when the schema speaks about the value in too many ways to look at them all.
 */
export function mapMarked(root: object, keyword: string, value: JsonObject, change: (value: Json, pointer: string) => Json): JsonObject {
  const walkEntries = (schemas: Schema[], object: JsonObject, pointer: string, marked: boolean): JsonObject =>
    Object.fromEntries(Object.entries(object).map(([key, field]) => [key, walk(forProperty(schemas, key), field, `${pointer}/${pointerStep(key)}`, marked)]))

  let lookedAt = 0
  function walk(given: Schema[], field: Json, pointer: string, inherited: boolean): Json {
    const schemas = applying(root, given)
    lookedAt += 1 + schemas.length
    if (lookedAt > MOST_LOOKED_AT) throw invalidField('/data', TOO_MUCH)
    if (inherited || schemas.some((schema) => schema[keyword] === true)) return field === null ? null : change(field, pointer)
    if (Array.isArray(field)) return field.map((item, index) => walk(forItem(schemas, index), item, `${pointer}/${index}`, false))
    if (typeof field === 'object' && field !== null) return walkEntries(schemas, field, pointer, false)
    return field
  }

  const schemas = applying(root, isSchema(root) ? [root] : [])
  return walkEntries(
    schemas,
    value,
    '',
    schemas.some((schema) => schema[keyword] === true),
  )
}

const TOO_MUCH = 'takes too many steps to find its sensitive fields; send less data, or make the schema of the event type simpler'

/** All schemas that may apply to the same value, through references and combinations; each once, so cycles end. */
function applying(root: object, given: Schema[]): Schema[] {
  const found = new Set<Schema>(given)
  for (const schema of found) {
    for (const ref of [schema['$ref'], schema['$dynamicRef']]) if (typeof ref === 'string') found.add(resolve(root, ref))
    for (const word of SAME_VALUE) {
      const part = schema[word]
      const parts = Array.isArray(part) ? part : word === 'dependentSchemas' && isSchema(part) ? Object.values(part) : [part]
      for (const one of parts) if (isSchema(one)) found.add(one)
    }
  }
  return [...found]
}

function forProperty(schemas: Schema[], key: string): Schema[] {
  return schemas.flatMap(({ properties, patternProperties, additionalProperties, unevaluatedProperties }) => {
    const found: unknown[] = []
    if (isSchema(properties) && Object.hasOwn(properties, key)) found.push(properties[key])
    if (isSchema(patternProperties)) for (const [pattern, schema] of Object.entries(patternProperties)) if (mayName(pattern, key)) found.push(schema)
    if (found.length === 0) found.push(additionalProperties, unevaluatedProperties)
    return found.filter(isSchema)
  })
}

/** Longest name that is compared with a pattern. */
const MOST_NAME = 256

/** A longer name counts as one that fits: hiding one field too many is safer than searching for long. */
const mayName = (pattern: string, name: string): boolean => name.length > MOST_NAME || linearPattern(pattern).test(name)

function forItem(schemas: Schema[], index: number): Schema[] {
  return schemas.flatMap(({ prefixItems, items, contains, unevaluatedItems }) => {
    const prefix: unknown = Array.isArray(prefixItems) ? prefixItems[index] : undefined
    return (prefix === undefined ? [items, contains, unevaluatedItems] : [prefix, contains]).filter(isSchema)
  })
}

/** A JSON pointer (RFC 6901) inside the same schema. */
function resolve(root: object, ref: string): Schema {
  let at: unknown = root
  if (ref !== '#' && !ref.startsWith('#/')) throw new Error(`The schema refers to ${ref}; only references inside it (#/…) can be followed`)
  for (const token of ref.split('/').slice(1)) {
    const key = unescapeToken(decodeURIComponent(token))
    at = typeof at === 'object' && at !== null && Object.hasOwn(at, key) ? Reflect.get(at, key) : undefined
  }
  if (!isSchema(at)) throw new Error(`The schema refers to ${ref}, which is not there`)
  return at
}

const unescapeToken = (token: string): string => token.replaceAll('~1', '/').replaceAll('~0', '~')
