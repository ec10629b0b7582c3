import { isJsonObject, type Json, type JsonObject } from '../../domain/json.ts'
import { linearPattern } from '../../security/linear-pattern.ts'
import { formatOf, MOST_FORMATTED } from './formats.ts'
import { identity, Run } from './run.ts'

/** What a keyword finds wrong in a value: the parameters of the error and, where the sentence does not come from those, its words. */
export interface Wrong {
  params: Record<string, unknown>
  message?: string
  /** Another keyword whose sentence fits better. */
  keyword?: string
}

/** A keyword that looks at a value alone. Null when the value is as it says. */
export type ValueCheck = (value: Json, run: Run) => Wrong | null
type Maker = (word: Json, schema: JsonObject) => ValueCheck

const numberCheck =
  (holds: (value: number, limit: number) => boolean, words: (limit: number) => string): Maker =>
  (word) => {
    const limit = Number(word)
    const wrong = { params: { limit }, message: words(limit) }
    return (value) => (typeof value !== 'number' || holds(value, limit) ? null : wrong)
  }

const countCheck =
  (count: (value: Json, run: Run) => number | null, least: boolean, words: string): Maker =>
  (word) => {
    const limit = Number(word)
    const wrong = { params: { limit }, message: `must NOT have ${least ? 'fewer' : 'more'} than ${limit} ${words}` }
    return (value, run) => {
      const has = count(value, run)
      return has === null || (least ? has >= limit : has <= limit) ? null : wrong
    }
  }

const characters = (value: Json, run: Run): number | null => {
  if (typeof value !== 'string') return null
  run.spend(value.length >> 2)
  let count = 0
  for (let i = 0; i < value.length; i++) if ((value.charCodeAt(i) & 0xfc00) !== 0xdc00) count++
  return count
}
const entries = (value: Json): number | null => (Array.isArray(value) ? value.length : null)
const fields = (value: Json, run: Run): number | null => {
  if (!isJsonObject(value)) return null
  const { length } = Object.keys(value)
  run.spend(length)
  return length
}

const IS: Readonly<Record<string, (value: Json) => boolean>> = {
  null: (value) => value === null,
  boolean: (value) => typeof value === 'boolean',
  object: isJsonObject,
  array: Array.isArray,
  number: (value) => typeof value === 'number',
  integer: Number.isInteger,
  string: (value) => typeof value === 'string',
}

/** Equal to one of these values: by one look-up, however many there are. */
function oneOf(values: readonly Json[], wrong: Wrong): ValueCheck {
  const free = new Run()
  const known = new Set(values.map((value) => identity(value, free)))
  const plain = values.every((value) => typeof value !== 'object' || value === null)
  return (value, run) => ((plain && typeof value === 'object' && value !== null) || !known.has(identity(value, run)) ? wrong : null)
}

export const VALUE_CHECKS: Readonly<Record<string, Maker>> = {
  type(word, schema) {
    const types = [word].flat().map(String)
    const wrong = { params: { type: types.length === 1 ? types[0] : types } }
    const tests = [...types, ...(schema['nullable'] === true ? ['null'] : [])].flatMap((type) => IS[type] ?? [])
    return (value) => (tests.some((test) => test(value)) ? null : wrong)
  },
  enum: (word) => oneOf([word].flat(), { params: { allowedValues: word } }),
  const: (word) => oneOf([word], { params: { allowedValue: word } }),
  multipleOf(word) {
    const of = Number(word)
    const wrong = { params: { multipleOf: of }, message: `must be multiple of ${of}` }
    return (value) => (typeof value !== 'number' || Number.isInteger(value / of) ? null : wrong)
  },
  maximum: numberCheck(
    (value, limit) => value <= limit,
    (limit) => `must be <= ${limit}`,
  ),
  minimum: numberCheck(
    (value, limit) => value >= limit,
    (limit) => `must be >= ${limit}`,
  ),
  exclusiveMaximum: numberCheck(
    (value, limit) => value < limit,
    (limit) => `must be < ${limit}`,
  ),
  exclusiveMinimum: numberCheck(
    (value, limit) => value > limit,
    (limit) => `must be > ${limit}`,
  ),
  maxLength: countCheck(characters, false, 'characters'),
  minLength: countCheck(characters, true, 'characters'),
  maxItems: countCheck(entries, false, 'items'),
  minItems: countCheck(entries, true, 'items'),
  maxProperties: countCheck(fields, false, 'properties'),
  minProperties: countCheck(fields, true, 'properties'),
  pattern(word) {
    const pattern = linearPattern(String(word))
    const wrong = { params: { pattern: word } }
    return (value, run) => {
      if (typeof value !== 'string') return null
      run.spend(value.length * pattern.size)
      return pattern.test(value) ? null : wrong
    }
  },
  format(word) {
    const format = formatOf(String(word))
    if (format === null) return () => null
    const wrong = { params: { format: word } }
    const long = { keyword: 'maxLength', params: { limit: MOST_FORMATTED } }
    return (value, run) => {
      if (typeof value === 'string') {
        run.spend(1 + (value.length >> 2))
        if (!format.anyLength && value.length > MOST_FORMATTED) return long
      }
      return format.test(value) ? null : wrong
    }
  },
  uniqueItems(word) {
    const wrong = { params: {}, message: 'must NOT have duplicate items' }
    return (value, run) => {
      if (word !== true || !Array.isArray(value)) return null
      run.spend(2 * value.length)
      const known = new Set(value.map((entry) => identity(entry, run)))
      return known.size === value.length ? null : wrong
    }
  },
}
