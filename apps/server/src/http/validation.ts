import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js'
import type { FastifySchemaCompiler } from 'fastify'
import type { JsonObject } from '../domain/json.ts'
import type { FieldError } from '../errors.ts'
import { toFieldErrors } from '../forms/field-errors.ts'
import { FORMATS } from '../forms/formats.ts'

const KEYWORDS = ['x-secret', 'x-advanced', 'x-sensitive', 'example']

function createAjv(options: { coerceTypes: boolean; useDefaults: boolean; allErrors?: boolean }): Ajv2020 {
  // verbose: a refused pattern is explained by the description beside it.
  const ajv = new Ajv2020({ allErrors: false, ...options, removeAdditional: false, strict: false, verbose: true, keywords: KEYWORDS })
  for (const [name, check] of Object.entries(FORMATS)) ajv.addFormat(name, check)
  return ajv
}

/** Bodies say what they mean and are taken as they are; in a query string and a path everything is text, so it is coerced. */
export function createValidatorCompiler(shared: object[]): FastifySchemaCompiler<object> {
  const bodies = createAjv({ coerceTypes: false, useDefaults: false })
  const texts = createAjv({ coerceTypes: true, useDefaults: false })
  for (const schema of shared) bodies.addSchema(schema)
  return ({ schema, httpPart }) => whenAsked(() => (httpPart === 'body' ? bodies : texts).compile(schema))
}

/** Compiled by the first request that needs it: all of them together take a third of a second at every start. */
function whenAsked(compile: () => ValidateFunction): ReturnType<FastifySchemaCompiler<object>> {
  let compiled: ValidateFunction | undefined
  const validate: ReturnType<FastifySchemaCompiler<object>> = (value: unknown) => {
    compiled ??= compile()
    const fits = compiled(value)
    validate.errors = compiled.errors ?? null
    return fits
  }
  return validate
}

/**
 * Checks a form whose schema is known only at run time (a provider's): unknown fields are refused, and absent ones get their
 * default in `value` itself. Pointers begin with `prefix`.
 */
export type FormCheck = (schema: object, value: JsonObject, prefix: string) => FieldError[]

export function createFormCheck(): FormCheck {
  // Who fills in a form wants to hear everything that is wrong with it at once.
  const ajv = createAjv({ coerceTypes: false, useDefaults: true, allErrors: true })
  const compiled = new WeakMap<object, ValidateFunction>()
  return (schema, value, prefix) => {
    let validate = compiled.get(schema)
    if (validate === undefined) {
      validate = ajv.compile({ ...schema, additionalProperties: false })
      compiled.set(schema, validate)
    }
    return validate(value) ? [] : toFieldErrors(validate.errors ?? [], prefix).errors
  }
}
