import { describe, expect, it } from 'vitest'
import { anEventType } from '../domain/testing/samples.ts'
import { compileDataSchema } from '../forms/data-schema.ts'
import { createCatalogue, toEntry } from './catalogue.ts'
import { systemEventTypes } from './system.ts'

describe('the catalogue', () => {
  it('finds what is registered and says how to register what is not', () => {
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

  it('knows which types hold secrets, however deep', () => {
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

  it('has nothing to say about data that fits, or when there is none', () => {
    expect(check({ branch: 'main', 'a/b~c': 1, when: '2026-03-03T12:00:00Z', list: [1] })).toEqual([])
    expect(compileDataSchema(undefined)({ anything: [] })).toEqual([])
  })

  it('names every field that is wrong by its JSON pointer', () => {
    const pointers = check({ branch: 7, when: 'noon', list: [1, 'two'], 'x/y': 1 }).map(({ pointer }) => pointer)
    expect(pointers.sort()).toEqual(['/data/a~1b~0c', '/data/branch', '/data/list/1', '/data/when', '/data/x~1y'])
    expect(check({ branch: 'main' })).toEqual([{ pointer: '/data/a~1b~0c', message: 'is required' }])
  })

  it('does not answer with more than twenty errors', () => {
    expect(check({ branch: 'main', 'a/b~c': 1, list: Array.from({ length: 50 }, () => 'x') })).toHaveLength(20)
  })

  it('changes nothing in what it checks', () => {
    const data = Object.freeze({ branch: 'main', 'a/b~c': 1 })
    expect(() => check(data)).not.toThrow()
  })

  it('says when it is itself no schema', () => {
    expect(() => compileDataSchema({ type: 'strin' })).toThrow(/schema is invalid/)
  })
})

describe('what the hub says itself', () => {
  it('has a key of its own each, a look, and a sample that fits its schema', () => {
    expect(new Set(systemEventTypes.map(({ key }) => key)).size).toBe(systemEventTypes.length)
    for (const { key, schema, sample, templates } of systemEventTypes) {
      const parsed = JSON.parse(JSON.stringify({ schema, sample }))
      expect({ key, wrong: compileDataSchema(parsed.schema)(parsed.sample) }).toEqual({ key, wrong: [] })
      expect(templates.default?.title).toBeTruthy()
    }
  })
})
