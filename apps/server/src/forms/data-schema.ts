import formats from 'ajv-formats'
import type { JsonObject } from '../domain/json.ts'
import type { FieldError } from '../errors.ts'
import { createAjv } from './ajv.ts'
import { toFieldErrors } from './field-errors.ts'

/** Checks `data` of one event type. Returns the invalid fields; an empty list means it is valid. */
export type DataCheck = (data: JsonObject) => FieldError[]

const MAX_ERRORS = 20

/** Knows the shape of a schema. One for all: to compile it takes 20 ms. */
const grammar = createAjv({})

/** Compiles a data schema (JSON Schema 2020-12) once. Throws an Error that names the mistake in the schema itself. */
export function compileDataSchema(schema: JsonObject | undefined): DataCheck {
  if (schema === undefined) return () => []
  // A new instance each: a schema that a user replaced must not stay in Ajv's own cache.
  void grammar.validateSchema(schema, true)
  const ajv = createAjv({ validateSchema: false, allErrors: true, code: { optimize: 1 } })
  // A format of JSON Schema has its meaning here: a birthday before 1970 is a date.
  formats.default(ajv)
  const validate = ajv.compile(schema)
  return (data) => (validate(data) ? [] : toFieldErrors(validate.errors ?? [], '/data').errors.slice(0, MAX_ERRORS))
}
