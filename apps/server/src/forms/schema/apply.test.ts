import formats from 'ajv-formats'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Json, JsonObject } from '../../domain/json.ts'
import { createAjv } from '../ajv.ts'
import { compileDataSchema } from '../data-schema.ts'
import { schemaProblems } from './problems.ts'

const NAMES = ['a', 'b', 'c/d', 'toString', 'x~y']
const TEXTS = ['', 'a', 'ab', 'abc', '2026-01-01', '😀', 'x@y.example']
const value: fc.Arbitrary<Json> = fc.letrec<{ value: Json }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    fc.constantFrom<Json>(null, true, false, 0, 1, 2, 1.5, -3, ...TEXTS),
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(fc.constantFrom(...NAMES), tie('value'), { maxKeys: 4 }),
  ),
})).value

const count = fc.nat({ max: 3 })
const number = fc.constantFrom(-1, 0, 1, 1.5, 2)
const names = fc.uniqueArray(fc.constantFrom(...NAMES), { maxLength: 3 })
const types = fc.constantFrom('null', 'boolean', 'object', 'array', 'number', 'integer', 'string')

/** Schemas of every keyword, with references to themselves that go into a value. */
const schema: fc.Arbitrary<Json> = fc.letrec<{ schema: Json; schemas: Json; named: Json }>((tie) => ({
  schemas: fc.array(tie('schema'), { minLength: 1, maxLength: 3 }),
  named: fc.dictionary(fc.constantFrom(...NAMES), tie('schema'), { maxKeys: 3 }),
  schema: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    fc.boolean(),
    fc.record(
      {
        type: fc.oneof(types, fc.uniqueArray(types, { minLength: 1, maxLength: 3 })),
        enum: fc.uniqueArray(value, { minLength: 1, maxLength: 4, selector: (one) => JSON.stringify(one) }),
        const: value,
        multipleOf: fc.constantFrom(1, 0.5, 2),
        maximum: number,
        exclusiveMinimum: number,
        maxLength: count,
        minLength: count,
        pattern: fc.constantFrom('^a', 'b$', '^[a-z]{2,3}$', '.', '\\p{L}'),
        format: fc.constantFrom('date', 'email', 'http-url', 'unheard-of'),
        maxItems: count,
        minItems: count,
        uniqueItems: fc.boolean(),
        maxProperties: count,
        minProperties: count,
        required: names,
        dependentRequired: fc.dictionary(fc.constantFrom(...NAMES), names, { maxKeys: 2 }),
      },
      { requiredKeys: [] },
    ),
    fc.record(
      {
        properties: tie('named'),
        patternProperties: fc.dictionary(fc.constantFrom('^a', '/', 'b|x'), tie('schema'), { maxKeys: 2 }),
        additionalProperties: tie('schema'),
        propertyNames: tie('schema'),
        prefixItems: tie('schemas'),
        items: tie('schema'),
        dependentSchemas: tie('named'),
      },
      { requiredKeys: [] },
    ),
    fc.record({ contains: tie('schema'), minContains: count, maxContains: count }, { requiredKeys: ['contains'] }),
    fc.record({ allOf: tie('schemas'), anyOf: tie('schemas') }, { requiredKeys: [] }),
    fc.record({ oneOf: tie('schemas'), not: tie('schema') }, { requiredKeys: [] }),
    // biome-ignore lint/suspicious/noThenProperty: a keyword of JSON Schema
    fc.record({ if: tie('schema'), then: tie('schema'), else: tie('schema') }, { requiredKeys: ['if'] }),
    fc.record({ properties: fc.constant<Json>({ a: { $ref: '#' } }), items: fc.constant<Json>({ $ref: '#/$defs/d' }) }),
  ),
})).schema

const isObject = (given: Json): given is JsonObject => typeof given === 'object' && given !== null && !Array.isArray(given)

/** Ajv’s answer; null when it does not take the schema. */
function ajvSays(root: JsonObject, data: JsonObject): boolean | null {
  const ajv = createAjv({ validateSchema: false, allErrors: true, ownProperties: true, logger: false })
  formats.default(ajv)
  try {
    return ajv.validate(root, data)
  } catch {
    return null
  }
}

describe('a schema is applied', () => {
  it('with the result of Ajv, whatever is in it', () => {
    let compared = 0
    fc.assert(
      fc.property(schema.filter(isObject), schema, fc.dictionary(fc.constantFrom(...NAMES), value), (root, d, made) => {
        // As JSON gives them: to Ajv an object without a prototype is equal to no other.
        const { whole, data }: { whole: JsonObject; data: JsonObject } = JSON.parse(JSON.stringify({ whole: { ...root, $defs: { d } }, data: made }))
        if (schemaProblems(whole).length > 0) return
        const expected = ajvSays(whole, data)
        if (expected === null) return
        compared++
        expect(compileDataSchema(whole)(data).length === 0).toBe(expected)
      }),
      { numRuns: 250 },
    )
    expect(compared).toBeGreaterThan(150)
  })

  // Ajv is no judge of these: it forgets what a branch spoke about. https://json-schema.org/draft/2020-12/json-schema-core#section-11
  it.each<[string, JsonObject, Json, boolean]>([
    [
      'a field that a branch speaks about',
      { anyOf: [{ required: ['a'], properties: { a: true } }, { properties: { b: true } }], unevaluatedProperties: false },
      { a: 1, b: 2 },
      true,
    ],
    [
      'a field that only a branch that does not hold speaks about',
      { anyOf: [{ required: ['z'], properties: { a: true } }, {}], unevaluatedProperties: false },
      { a: 1 },
      false,
    ],
    ['a field that a reference speaks about', { $ref: '#/$defs/d', $defs: { d: { properties: { a: true } } }, unevaluatedProperties: false }, { a: 1 }, true],
    ['a field that a condition speaks about', { if: { properties: { a: { const: 1 } } }, unevaluatedProperties: false }, { a: 1 }, true],
    ['a field that additionalProperties speaks about', { allOf: [{ additionalProperties: true }], unevaluatedProperties: false }, { a: 1 }, true],
    ['a field that `not` speaks about', { not: { not: { properties: { a: true } } }, unevaluatedProperties: false }, { a: 1 }, false],
    ['a field of a value further down', { properties: { a: { properties: { b: true } } }, unevaluatedProperties: false }, { a: {}, b: 1 }, false],
    ['the rest, by a schema', { properties: { a: true }, unevaluatedProperties: { type: 'string' } }, { a: 1, b: 'x' }, true],
    ['entries that prefixItems speaks about', { properties: { a: { allOf: [{ prefixItems: [true] }], unevaluatedItems: false } } }, { a: [1] }, true],
    ['an entry that nobody speaks about', { properties: { a: { allOf: [{ prefixItems: [true] }], unevaluatedItems: false } } }, { a: [1, 2] }, false],
    [
      'entries that contains speaks about',
      { properties: { a: { contains: { type: 'string' }, unevaluatedItems: { type: 'integer' } } } },
      { a: ['x', 1] },
      true,
    ],
  ])('with unevaluated fields and entries as the standard says: %s', (_what, root, data, fits) => {
    expect(isObject(data) && compileDataSchema(root)(data).length === 0).toBe(fits)
  })

  it('with values that are equal whatever the order of their fields', () => {
    const fits = (root: JsonObject, data: JsonObject) => compileDataSchema(root)(data).length === 0
    const [one, other] = [
      { a: 1, b: { c: [2], d: 'x' } },
      { b: { d: 'x', c: [2] }, a: 1 },
    ]
    expect(fits({ properties: { v: { const: one } } }, { v: other })).toBe(true)
    expect(fits({ properties: { v: { enum: ['x', one] } } }, { v: other })).toBe(true)
    expect(fits({ properties: { v: { uniqueItems: true } } }, { v: [one, other] })).toBe(false)
    expect(fits({ properties: { v: { uniqueItems: true } } }, { v: [one, { ...other, a: '1' }] })).toBe(true)
  })

  it('with as many entries of a kind as a list may have, and has to', () => {
    const fits = (more: JsonObject, list: Json[]) =>
      compileDataSchema({ properties: { v: { contains: { type: 'integer' }, ...more } } })({ v: list }).length === 0
    expect([[], ['x'], ['x', 1]].map((list) => fits({}, list))).toEqual([false, false, true])
    expect([[1], [1, 2], [1, 2, 3]].map((list) => fits({ minContains: 2, maxContains: 2 }, list))).toEqual([false, true, false])
    expect(fits({ minContains: 0 }, ['x'])).toBe(true)
  })

  it('with references whose names are escaped (RFC 6901)', () => {
    const root = {
      properties: { v: { $ref: '#/$defs/a~01b' }, w: { $ref: '#/$defs/a~1b' } },
      $defs: { 'a~1b': { type: 'string' }, 'a/b': { type: 'integer' } },
    }
    expect(compileDataSchema(root)({ v: 'x', w: 1 })).toEqual([])
    expect(compileDataSchema(root)({ v: 1, w: 'x' }).map(({ pointer }) => pointer)).toEqual(['/data/v', '/data/w'])
  })

  it.each<[string, JsonObject, JsonObject, string]>([
    ['multipleOf', { properties: { a: { multipleOf: 2 } } }, { a: 3 }, '/data/a must be multiple of 2'],
    ['a limit that is excluded', { properties: { a: { exclusiveMaximum: 3 } } }, { a: 3 }, '/data/a must be < 3'],
    ['a field beside another', { dependentRequired: { a: ['b'] } }, { a: 1 }, '/data/b is required'],
    ['a name', { propertyNames: { maxLength: 1 } }, { ab: 1 }, '/data/ab is not allowed as a name here'],
    ['nothing', { properties: { a: false } }, { a: 1 }, '/data/a is not allowed here'],
    ['what nobody spoke about', { unevaluatedProperties: false }, { a: 1 }, '/data is not a known field'],
    ['an inherited name', { required: ['toString'], properties: { valueOf: { type: 'string' } } }, {}, '/data/toString is required'],
    [
      'a long text of a format',
      { properties: { a: { format: 'uri' } } },
      { a: `https://x.example/${'a'.repeat(2_048)}` },
      '/data/a is longer than the limit of 2048 characters',
    ],
    [
      'the branch that was meant',
      { properties: { a: { anyOf: [{ type: 'object', required: ['x'], properties: { x: { type: 'string' } } }, { type: 'integer' }] } } },
      { a: { x: 1 } },
      '/data/a/x must be string',
    ],
    ['null', { properties: { a: { type: 'string', nullable: true } } }, { a: 1 }, '/data/a must be string'],
  ])('and says in words what is wrong: %s', (_what, root, data, sentence) => {
    expect(compileDataSchema(root)(data).map(({ pointer, message }) => `${pointer} ${message}`)).toEqual([sentence])
  })
})
