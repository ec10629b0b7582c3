import type { ValidateFunction } from 'ajv/dist/2020.js'
import type { JsonObject } from '../domain/json.ts'
import type { FieldError } from '../errors.ts'
import { createAjv } from './ajv.ts'
import { toFieldErrors } from './field-errors.ts'

/**
 * Checks a form whose schema is known only at run time (a provider's): unknown fields are refused, and absent ones get their
 * default in `value` itself. Pointers begin with `prefix`.
 */
export type FormCheck = (schema: object, value: JsonObject, prefix: string) => FieldError[]

export function createFormCheck(): FormCheck {
  // All errors of a form are reported at once.
  const ajv = createAjv({ useDefaults: true, allErrors: true })
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
