import { isJsonObject, type Json, type JsonObject } from '../../domain/json.ts'
import type { Run, Spoken } from './run.ts'

/** Applies a schema to a value at `path` (a JSON pointer). Adds what is wrong to the run, and what it speaks about to `spoken`. */
export type Apply = (value: Json, path: string, run: Run, spoken: Spoken | null) => boolean
export type Maker = (made: Made) => Apply

/** One keyword of one schema, ready to be made. */
export interface Made {
  word: string
  value: Json
  schema: JsonObject
  /** Where the keyword stands, as Ajv writes it: `#/properties/a/anyOf`. */
  at: string
  /** The schema at this place of the keyword. */
  part(schema: Json, ...below: (string | number)[]): Apply
  ref(ref: string): Apply
}

export type Params = Record<string, unknown>
export const wrong = ({ word, schema, at }: Made, run: Run, path: string, data: Json, params: Params, message?: string, keyword = word): false =>
  run.fail(() => ({ keyword, instancePath: path, schemaPath: at, params, message, parentSchema: schema, data }))

export const objectOf = (value: Json): [string, Json][] => (isJsonObject(value) ? Object.entries(value) : [])
export const listOf = (value: Json): Json[] => (Array.isArray(value) ? value : [])

/** A keyword that is about objects: others fit. */
export const ofObjects =
  (make: (made: Made) => (value: JsonObject, path: string, run: Run, spoken: Spoken | null) => boolean): Maker =>
  (made) => {
    const apply = make(made)
    return (value, path, run, spoken) => !isJsonObject(value) || apply(value, path, run, spoken)
  }

export const ofLists =
  (make: (made: Made) => (value: Json[], path: string, run: Run, spoken: Spoken | null) => boolean): Maker =>
  (made) => {
    const apply = make(made)
    return (value, path, run, spoken) => !Array.isArray(value) || apply(value, path, run, spoken)
  }

export const branches = (made: Made): Apply[] => listOf(made.value).map((part, i) => made.part(part, i))

/** Whether a schema holds, whatever is wrong with it. */
export const holds = (apply: Apply, value: Json, path: string, run: Run, spoken: Spoken | null): boolean => run.silently(() => apply(value, path, run, spoken))
