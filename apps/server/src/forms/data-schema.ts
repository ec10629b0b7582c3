import { Ajv2020, type ErrorObject, type ValidateFunction } from 'ajv/dist/2020.js'
import formats from 'ajv-formats'
import type { JsonObject } from '../domain/json.ts'
import type { FieldError } from '../errors.ts'

/** Checks `data` of one event type. Answers the fields that are wrong; an empty list means it fits. */
export type DataCheck = (data: JsonObject) => FieldError[]

const MAX_ERRORS = 20

/** Knows what a schema may look like. One for all: to learn that takes it 20 ms. */
const grammar = new Ajv2020({ strict: false, keywords: ['x-sensitive'] })

/** Compiles a data schema (JSON Schema 2020-12) once. Throws an Error that says what is wrong with the schema itself. */
export function compileDataSchema(schema: JsonObject | undefined): DataCheck {
  if (schema === undefined) return () => []
  // A new instance each: a schema that a user replaced must not live on in Ajv's own cache.
  void grammar.validateSchema(schema, true)
  const ajv = new Ajv2020({ strict: false, validateSchema: false, allErrors: true, validateFormats: true, code: { optimize: 1 }, keywords: ['x-sensitive'] })
  formats.default(ajv)
  const validate: ValidateFunction = ajv.compile(schema)
  return (data) => (validate(data) ? [] : (validate.errors ?? []).slice(0, MAX_ERRORS).map(toFieldError))
}

function toFieldError(error: ErrorObject): FieldError {
  const at = `/data${error.instancePath}`
  const params = error.params as Record<string, unknown>
  if (error.keyword === 'required') return { pointer: `${at}/${escaped(params['missingProperty'])}`, message: 'is required' }
  if (error.keyword === 'additionalProperties') return { pointer: `${at}/${escaped(params['additionalProperty'])}`, message: 'is not a known field' }
  return { pointer: at, message: error.message ?? 'does not fit the schema' }
}

/** One step of a JSON pointer (RFC 6901, section 3). */
const escaped = (name: unknown): string => String(name).replaceAll('~', '~0').replaceAll('/', '~1')
