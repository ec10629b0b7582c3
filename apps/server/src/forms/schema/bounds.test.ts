import { describe, expect, it } from 'vitest'
import type { JsonObject } from '../../domain/json.ts'
import { compileDataSchema } from '../data-schema.ts'
import { COSTLY, REFUSED } from '../testing/hostile-schemas.ts'
import { applicable } from './apply.ts'
import { schemaProblems } from './problems.ts'
import { MOST_STEPS, Run, TooManySteps } from './run.ts'

/** Steps that a check takes, up to the most. */
function stepsOf(schema: JsonObject, data: JsonObject): number {
  const run = new Run()
  try {
    applicable(schema)(data, '', run, null)
  } catch (error) {
    if (!(error instanceof TooManySteps)) throw error
  }
  return run.steps
}

describe('a data schema that is taken', () => {
  it.each(Object.entries(COSTLY))('costs at most the steps of one event: %s', (_name, { schema, data }) => {
    expect(schemaProblems(schema)).toEqual([])
    const given = data()
    expect(stepsOf(schema, given)).toBeLessThanOrEqual(MOST_STEPS)
    const wrong = compileDataSchema(schema)(given)
    expect(wrong.length).toBeLessThanOrEqual(20)
    for (const { pointer } of wrong) expect(pointer).toMatch(/^\/data/)
  })

  // The bounds of steps hold only as long as every work counts: each of these does at least so much for data of this length.
  const wide = { a: Object.fromEntries(Array.from({ length: 2_000 }, (_, n) => [`n${n}`, 1])) }
  const long = { list: Array.from({ length: 2_000 }, (_, n) => n) }
  const names = Array.from({ length: 500 }, (_, n) => `r${n}`)
  it.each<[what: string, schema: JsonObject, data: JsonObject, least: number]>([
    ['a pattern of a text', { properties: { a: { pattern: '^x{50}' } } }, { a: 'x'.repeat(2_000) }, 2_000 * 50],
    ['a pattern of a name', { patternProperties: { '^x{50}': true } }, { ['x'.repeat(2_000)]: 1 }, 2_000 * 50],
    [
      'a pattern of a name, once more for the rest',
      { patternProperties: { '^x{50}': true }, additionalProperties: false },
      { ['x'.repeat(2_000)]: 1 },
      4_000 * 50,
    ],
    ['a length', { properties: { a: { maxLength: 1 } } }, { a: 'x'.repeat(40_000) }, 10_000],
    ['a format', { properties: { a: { format: 'byte' } } }, { a: 'x'.repeat(40_000) }, 10_000],
    ['a comparison', { properties: { list: { const: [1] } } }, long, 2_000],
    ['names that are counted', { properties: { a: { maxProperties: 9 } } }, wide, 2_000],
    ['names that are required', { required: Array.from({ length: 500 }, (_, n) => `r${n}`) }, {}, 3_000],
    ['names that are asked for beside others', { dependentRequired: Object.fromEntries(names.map((name) => [name, ['z']])) }, {}, 500],
    ['schemas that are asked for beside others', { dependentSchemas: Object.fromEntries(names.map((name) => [name, true])) }, {}, 500],
    ['fields that are looked up', { properties: { a: { properties: Object.fromEntries(names.map((name) => [name, true])) } } }, { a: {} }, 500],
    ['a long text that is compared', { properties: { a: { enum: ['y'] } } }, { a: 'x'.repeat(160_000) }, 10_000],
    ['a long text in a value that is compared', { properties: { list: { const: ['y'] } } }, { list: ['x'.repeat(160_000)] }, 10_000],
    ['entries that are equal', { properties: { list: { uniqueItems: true } } }, long, 6_000],
    ['what `contains` speaks about', { properties: { list: { contains: true, unevaluatedItems: false } } }, long, 10_000],
    ['what `items` speaks about', { properties: { list: { items: true, unevaluatedItems: false } } }, long, 10_000],
    ['what a branch hands on', { properties: { a: { allOf: [{ additionalProperties: true }], unevaluatedProperties: false } } }, wide, 12_000],
  ])('pays for %s', (_what, schema, data, least) => {
    expect(schemaProblems(schema)).toEqual([])
    expect(stepsOf(schema, data)).toBeGreaterThanOrEqual(least)
  })

  it('names a bounded number of errors, however many there are', () => {
    const run = new Run()
    applicable({ properties: { list: { items: { type: 'string' } } } })(long, '', run, null)
    expect(run.errors).toHaveLength(300)
  })

  it('refuses data that would take more, and says so', () => {
    const { schema, data } = COSTLY['many branches'] ?? expect.fail()
    expect(compileDataSchema(schema)(data())).toEqual([{ pointer: '/data', message: expect.stringContaining('takes more than 500,000 steps') }])
  })

  it('of twice the data costs about twice the steps', () => {
    const schema: JsonObject = {
      properties: { list: { uniqueItems: true, items: { type: 'object', required: ['a'], properties: { a: { type: 'string', pattern: '^(x+)+$' } } } } },
    }
    const data = (length: number) => ({ list: Array.from({ length }, (_, i) => ({ a: 'x'.repeat(1 + (i % 9)) })) })
    expect(stepsOf(schema, data(4_000))).toBeLessThan(2.5 * stepsOf(schema, data(2_000)))
  })

  it('may be as large as people write them', () => {
    const fields = Object.fromEntries(Array.from({ length: 400 }, (_, i) => [`field_${i}`, { type: 'string', maxLength: 200, description: 'a field' }]))
    const schema: JsonObject = { type: 'object', required: Object.keys(fields), properties: fields, additionalProperties: false }
    const data = Object.fromEntries(Object.keys(fields).map((name) => [name, 'x']))
    expect(compileDataSchema(schema)(data)).toEqual([])
    const rows = {
      properties: { rows: { items: { type: 'object', properties: { id: { type: 'integer' }, at: { format: 'date-time' }, to: { format: 'email' } } } } },
    }
    expect(compileDataSchema(rows)({ rows: Array.from({ length: 8_000 }, (_, id) => ({ id, at: '2026-01-01T00:00:00Z', to: 'me@x.example' })) })).toEqual([])
    const tree: JsonObject = {
      properties: { name: { pattern: '^[a-z ]{1,255}$' }, children: { items: { $ref: '#' } }, left: { $ref: '#' }, right: { $ref: '#' } },
    }
    expect(compileDataSchema(tree)({ children: [{ name: 'a b' }, { left: { right: { name: 'A' } } }] })).toMatchObject([
      { pointer: '/data/children/1/left/right/name' },
    ])
  })
})

describe('a data schema is refused when it', () => {
  it.each(Object.entries(REFUSED))('%s', (_name, { schema, pointer, rule }) => {
    expect(schemaProblems(schema)[0]).toEqual({ pointer, message: expect.stringContaining(rule) })
    expect(() => compileDataSchema(schema)).toThrow('schema is invalid')
  })
})
