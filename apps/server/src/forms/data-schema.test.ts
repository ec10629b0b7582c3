import { expect, it } from 'vitest'
import { compileDataSchema } from './data-schema.ts'
import { createFormCheck } from './form-check.ts'

type Value = string | number | boolean
const withField = (schema: object) => ({ type: 'object', properties: { field: schema }, additionalProperties: false })
const read = (errors: { pointer: string; message: string }[]) => errors.map(({ pointer, message }) => `${pointer} ${message}`)
const inData = (schema: object, value: Value) => read(compileDataSchema(JSON.parse(JSON.stringify(withField(schema))))({ field: value }))
const inAForm = (schema: object, value: Value) => read(createFormCheck()(withField(schema), { field: value }, '/data'))

it.each([
  ['a type', { type: 'integer' }, 'x', '/data/field must be integer'],
  ['a choice', { enum: ['a', 'b'] }, 'c', '/data/field must be one of "a", "b"'],
  ['a length', { type: 'string', maxLength: 2 }, 'abc', '/data/field is longer than the limit of 2 characters'],
  ['a number', { minimum: 3 }, 2, '/data/field is below the limit of 3'],
  ['a mail address', { format: 'email' }, 'nobody', '/data/field must be one mail address without a display name, at most 254 characters'],
  ['a time zone', { format: 'timezone' }, 'EST', '/data/field must be an IANA time zone, e.g. Europe/Zurich'],
  ['a pattern', { type: 'string', pattern: '^A-', description: 'must begin with A-' }, 'B-1', '/data/field must begin with A-'],
])('the same wrong value has the same sentence in data and in a form: %s', (_what, schema, value, sentence) => {
  expect([inData(schema, value), inAForm(schema, value)]).toEqual([[sentence], [sentence]])
})

it('formats in data follow JSON Schema, also before 1970', () => {
  expect(inData({ format: 'date-time' }, '1950-02-01T00:00:00Z')).toEqual([])
  expect(inData({ format: 'date' }, '1950-02-30')).toEqual(['/data/field is not a valid date'])
})
