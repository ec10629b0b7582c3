import { Type } from 'typebox'
import { expect, it } from 'vitest'
import { providers } from '../providers/index.ts'
import { extraHeaders } from '../providers/kit/extra-headers.ts'
import { text } from '../providers/kit/fields.ts'
import { toFieldErrors } from './field-errors.ts'
import { createFormCheck } from './form-check.ts'

const check = createFormCheck()
const wrong = (field: ReturnType<typeof text>, value: string) => check(Type.Object({ field }), { field: value }, '')[0]?.message

it('field errors describe in words the expected form of a value', () => {
  const sid = { title: 'SID', pattern: '^AC\\d+$' }
  expect(wrong(text({ title: 'Name' }), 'a\r\nb')).toBe('must not hold a line break or another control character')
  expect(wrong(text({ ...sid, description: 'must begin with AC' }), 'a\nb')).toBe('must begin with AC')
  expect(wrong(text({ ...sid, description: 'On the first page.', examples: ['AC1'] }), 'x')).toBe(
    'does not have the right form, such as AC1: On the first page.',
  )
  expect(wrong(text({ ...sid, examples: ['AC1'] }), 'x')).toBe('does not have the right form, such as AC1')
  expect(check(extraHeaders(), { 'X-Own': 'a\r\nX-Evil: b' }, '/headers')).toEqual([
    { pointer: '/headers/X-Own', message: 'must not hold a line break or another control character' },
  ])
})

it('field errors of a long list of unions are few, and cost few comparisons: an event may have a hundred thousand wrong entries', () => {
  let reads = 0
  const error = (keyword: string, entry: number, path: string) => ({
    keyword,
    params: { type: 'string' },
    schemaPath: `#/properties/list/items/anyOf${path}`,
    get instancePath() {
      reads++
      return `/list/${entry}`
    },
  })
  const found = Array.from({ length: 220 }, (_, i) => [error('type', i, '/0/type'), error('type', i, '/1/type'), error('anyOf', i, '')]).flat()
  const { errors } = toFieldErrors(found, '/data')
  expect(errors[0]).toEqual({ pointer: '/data/list/0', message: 'fits none of the allowed shapes' })
  expect(errors).toHaveLength(50)
  expect(reads).toBeLessThan(1_000_000)
})

/** Every schema inside a schema that has its own pattern. */
function* patterned(schema: object): Generator<object> {
  if ('pattern' in schema && typeof schema.pattern === 'string') yield schema
  for (const inner of Object.values(schema)) if (typeof inner === 'object' && inner !== null) yield* patterned(inner)
}

it('field errors have words for every pattern of a provider: a description or an example, or only control characters are refused', () => {
  for (const { id, settings, destination, sharedDestination } of providers)
    for (const schema of patterned([settings, destination, sharedDestination ?? {}])) {
      const plain = 'pattern' in schema && new RegExp(String(schema.pattern), 'u').test('What ever: §9 ☃ <>"/')
      expect([id, schema, plain || 'description' in schema || 'examples' in schema]).toEqual([id, schema, true])
    }
})
