import { fullFormats } from 'ajv-formats/dist/formats.js'
import type { Json } from '../../domain/json.ts'
import { FORMATS } from '../formats.ts'

/** Longest text of a format, characters. Those without a grammar may be longer. */
export const MOST_FORMATTED = 2_048
const ANY_LENGTH = new Set(['byte', 'binary', 'password'])

type Test = (value: Json) => boolean

/** The formats of JSON Schema, with their meaning there: a birthday before 1970 is a date. After them the hub’s own. */
const TESTS: ReadonlyMap<string, Test> = new Map([
  ...Object.entries(FORMATS).map(([name, test]): [string, Test] => [name, (value) => typeof value !== 'string' || test(value)]),
  ...Object.entries(fullFormats).map(([name, format]): [string, Test] => [name, testOf(format)]),
])

/** Null for a format that nobody defined: it says something and checks nothing. */
export const formatOf = (name: string): { test: Test; anyLength: boolean } | null => {
  const test = TESTS.get(name)
  return test === undefined ? null : { test, anyLength: ANY_LENGTH.has(name) }
}

function testOf(format: unknown): Test {
  if (format instanceof RegExp) return (value) => typeof value !== 'string' || format.test(value)
  if (typeof format === 'function') return (value) => typeof value !== 'string' || format(value) === true
  if (typeof format !== 'object' || format === null || !('validate' in format)) return () => true
  const { validate } = format
  const numbers = 'type' in format && format.type === 'number'
  if (numbers) return (value) => typeof value !== 'number' || (typeof validate === 'function' && validate(value) === true)
  return testOf(validate)
}
