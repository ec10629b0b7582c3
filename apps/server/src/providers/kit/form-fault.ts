import type { JsonObject } from '../../domain/json.ts'

interface Checker {
  Check(value: unknown): boolean
  Errors(value: unknown): [fits: boolean, errors: { instancePath: string; message: string }[]]
}

/** The first field of a stored form that violates its schema and why, without its value, such as `/topic must be string`. Null when all are valid. */
export function formFault(schema: Checker, form: JsonObject): string | null {
  if (schema.Check(form)) return null
  const [, [fault]] = schema.Errors(form)
  return fault === undefined ? 'it does not fit' : `${fault.instancePath} ${fault.message}`.trim()
}
