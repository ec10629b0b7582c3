/** What stands in a keyword of JSON Schema 2020-12 that the hub applies. Every other keyword says something about a field and checks nothing. */
export type Shape =
  | 'schema'
  | 'schemas'
  | 'named schemas'
  | 'named schemas by pattern'
  | 'count'
  | 'number'
  | 'positive number'
  | 'boolean'
  | 'pattern'
  | 'name'
  | 'names'
  | 'named names'
  | 'types'
  | 'values'
  | 'value'
  | 'reference'

export const SHAPES: Readonly<Record<string, Shape>> = {
  $defs: 'named schemas',
  definitions: 'named schemas',
  $ref: 'reference',
  type: 'types',
  enum: 'values',
  const: 'value',
  multipleOf: 'positive number',
  maximum: 'number',
  exclusiveMaximum: 'number',
  minimum: 'number',
  exclusiveMinimum: 'number',
  maxLength: 'count',
  minLength: 'count',
  pattern: 'pattern',
  format: 'name',
  maxItems: 'count',
  minItems: 'count',
  uniqueItems: 'boolean',
  maxContains: 'count',
  minContains: 'count',
  maxProperties: 'count',
  minProperties: 'count',
  required: 'names',
  dependentRequired: 'named names',
  nullable: 'boolean',
  properties: 'named schemas',
  patternProperties: 'named schemas by pattern',
  additionalProperties: 'schema',
  propertyNames: 'schema',
  unevaluatedProperties: 'schema',
  prefixItems: 'schemas',
  items: 'schema',
  contains: 'schema',
  unevaluatedItems: 'schema',
  allOf: 'schemas',
  anyOf: 'schemas',
  oneOf: 'schemas',
  not: 'schema',
  if: 'schema',
  // biome-ignore lint/suspicious/noThenProperty: a keyword of JSON Schema
  then: 'schema',
  else: 'schema',
  dependentSchemas: 'named schemas',
}

/** Keywords whose schemas apply to the very same value. Together with `$ref` they must not lead back to themselves. */
export const SAME_VALUE: readonly string[] = ['allOf', 'anyOf', 'oneOf', 'not', 'if', 'then', 'else', 'dependentSchemas']

/** Keywords of JSON Schema that the hub refuses, and what to write in their place. */
export const REFUSED: Readonly<Record<string, string>> = {
  $dynamicRef: 'is not possible here; write $ref with a reference such as #/$defs/name',
  $dynamicAnchor: 'is not possible here; write $ref with a reference such as #/$defs/name',
  $recursiveRef: 'is not possible here; write $ref with a reference such as #',
  $recursiveAnchor: 'is not possible here; write $ref with a reference such as #',
  $async: 'is not possible here; leave it out',
  dependencies: 'is not a keyword of JSON Schema 2020-12; write dependentRequired or dependentSchemas',
}

/** Most bytes, keywords and values of one schema, and its deepest nesting of schemas: far more than people write. */
export const MOST = { bytes: 65_536, words: 3_000, levels: 32, patterns: 2_000 } as const

export const TYPES: readonly string[] = ['null', 'boolean', 'object', 'array', 'number', 'integer', 'string']
