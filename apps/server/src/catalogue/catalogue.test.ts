import { describe, expect, it } from 'vitest'
import { anEventType } from '../domain/testing/samples.ts'
import { compileDataSchema } from '../forms/data-schema.ts'
import { createCatalogue, toEntry } from './catalogue.ts'
import { systemEventTypes } from './system.ts'

describe('the catalogue', () => {
  it('finds registered types, and explains how to register an unknown one', () => {
    const catalogue = createCatalogue()
    catalogue.replace([anEventType()])
    expect(catalogue.entry('build.failed').eventType.name).toBe('A build failed')
    expect(catalogue.find('build.passed')).toBeUndefined()
    expect(() => catalogue.entry('build/passed')).toThrow(
      expect.objectContaining({
        code: 'unknown_event_type',
        message: expect.stringContaining('PUT /v1/event-types/build%2Fpassed'),
        errors: [{ pointer: '/type', message: 'is not a registered event type' }],
      }),
    )
  })

  it('is replaced as a whole, and a later type wins over an earlier one of the same key', () => {
    const catalogue = createCatalogue()
    catalogue.replace([anEventType(), anEventType({ key: 'old' })])
    catalogue.replace([anEventType(), anEventType({ name: 'By the API' })])
    expect(catalogue.all().map(({ key, name }) => [key, name])).toEqual([['build.failed', 'By the API']])
  })

  it('compiles a schema again only when its type has changed', () => {
    const catalogue = createCatalogue()
    const withSchema = () => anEventType({ schema: { type: 'object', required: ['branch'] } })
    catalogue.replace([withSchema()])
    const before = catalogue.entry('build.failed')
    catalogue.replace([withSchema()])
    expect(catalogue.entry('build.failed')).toBe(before)
    catalogue.replace([anEventType()])
    expect(catalogue.entry('build.failed').check({})).toEqual([])
  })

  it('keeps a type whose stored schema breaks a rule, and refuses its events only', () => {
    const catalogue = createCatalogue()
    catalogue.replace([anEventType(), anEventType({ key: 'old', schema: { properties: { a: { pattern: '(?=a)' } } } })])
    expect(catalogue.entry('build.failed').check({})).toEqual([])
    expect(catalogue.all().map(({ key }) => key)).toContain('old')
    expect(catalogue.entry('old').check({})).toEqual([
      { pointer: '/type', message: expect.stringMatching(/PUT \/v1\/event-types\/old .*\/properties\/a\/pattern/) },
    ])
  })

  it('knows which types have sensitive fields, at any depth', () => {
    const secret = { type: 'string', 'x-sensitive': true }
    expect(toEntry(anEventType()).sensitive).toBe(false)
    expect(toEntry(anEventType({ schema: { properties: { code: { type: 'string', 'x-sensitive': false } } } })).sensitive).toBe(false)
    expect(toEntry(anEventType({ schema: { properties: { login: { properties: { code: secret } } } } })).sensitive).toBe(true)
  })
})

describe('a data schema', () => {
  const check = compileDataSchema({
    type: 'object',
    required: ['branch', 'a/b~c'],
    properties: { branch: { type: 'string' }, 'a/b~c': {}, when: { type: 'string', format: 'date-time' }, list: { type: 'array', items: { type: 'integer' } } },
    additionalProperties: false,
  })

  it('reports no error for valid data, or without a schema', () => {
    expect(check({ branch: 'main', 'a/b~c': 1, when: '2026-03-03T12:00:00Z', list: [1] })).toEqual([])
    expect(compileDataSchema(undefined)({ anything: [] })).toEqual([])
  })

  it('names every invalid field by its JSON pointer', () => {
    const pointers = check({ branch: 7, when: 'noon', list: [1, 'two'], 'x/y': 1 }).map(({ pointer }) => pointer)
    expect(pointers.sort()).toEqual(['/data/a~1b~0c', '/data/branch', '/data/list/1', '/data/when', '/data/x~1y'])
    expect(check({ branch: 'main' })).toEqual([{ pointer: '/data/a~1b~0c', message: 'is required' }])
  })

  it('reports at most twenty errors', () => {
    expect(check({ branch: 'main', 'a/b~c': 1, list: Array.from({ length: 50 }, () => 'x') })).toHaveLength(20)
  })

  it('does not change the data that it checks', () => {
    const data = Object.freeze({ branch: 'main', 'a/b~c': 1 })
    expect(() => check(data)).not.toThrow()
  })

  it('throws when it is not a valid schema itself', () => {
    expect(() => compileDataSchema({ type: 'strin' })).toThrow(/schema is invalid/)
  })
})

describe('the system event types', () => {
  it('each have their own key, a look, and a sample that fits the schema', () => {
    expect(new Set(systemEventTypes.map(({ key }) => key)).size).toBe(systemEventTypes.length)
    for (const { key, schema, sample, templates } of systemEventTypes) {
      const parsed = JSON.parse(JSON.stringify({ schema, sample }))
      expect({ key, wrong: compileDataSchema(parsed.schema)(parsed.sample) }).toEqual({ key, wrong: [] })
      expect(templates.default?.title).toBeTruthy()
    }
  })
})
