import type { JsonObject } from '../domain/json.ts'
import type { FieldError } from '../errors.ts'
import { toFieldErrors } from './field-errors.ts'
import { applicable } from './schema/apply.ts'
import { schemaProblems } from './schema/problems.ts'
import { MOST_STEPS, Run, TooManySteps } from './schema/run.ts'

/** Checks `data` of one event type. Returns the invalid fields; an empty list means it is valid. */
export type DataCheck = (data: JsonObject) => FieldError[]

const MAX_ERRORS = 20

/**
 * Makes a data schema (JSON Schema 2020-12) ready to check with, once. Throws an Error that names the mistake in the schema itself. A check takes a
 * bounded number of steps, whatever the schema and the data.
 */
export function compileDataSchema(schema: JsonObject | undefined): DataCheck {
  if (schema === undefined) return () => []
  const [problem] = schemaProblems(schema)
  if (problem !== undefined) throw new Error(`schema is invalid: ${problem.pointer} ${problem.message}`)
  const apply = applicable(schema)
  return (data) => {
    const run = new Run()
    try {
      return apply(data, '', run, null) ? [] : toFieldErrors(run.errors, '/data').errors.slice(0, MAX_ERRORS)
    } catch (error) {
      if (!(error instanceof TooManySteps)) throw error
      return [{ pointer: '/data', message: TOO_MUCH }]
    }
  }
}

const TOO_MUCH = `takes more than ${MOST_STEPS.toLocaleString('en')} steps to check against the schema of its event type; send less data, or make the schema simpler`
