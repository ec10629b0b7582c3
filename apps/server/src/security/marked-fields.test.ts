import fc from 'fast-check'
import { Type } from 'typebox'
import { describe, expect, it } from 'vitest'
import type { JsonObject } from '../domain/json.ts'
import { MASK } from '../domain/secret-fields.ts'
import { CarillonError } from '../errors.ts'
import { keepMasked, maskSecrets, openSecrets, sealSecrets } from './secret-fields.ts'
import { newKey, parseKeyRing, secretPlace } from './secrets.ts'
import { mergeSensitive, splitSensitive } from './sensitive-fields.ts'

const secret = () => Type.String({ 'x-secret': true })
const schema = Type.Object({
  host: Type.String(),
  password: Type.Optional(secret()),
  headers: Type.Optional(Type.Record(Type.String(), secret())),
  accounts: Type.Optional(Type.Array(Type.Object({ name: Type.String(), token: secret() }))),
  auth: Type.Optional(Type.Union([Type.Object({ bearer: secret() }), Type.Object({ user: Type.String(), pass: secret() })])),
})
const settings: JsonObject = {
  host: 'mail.example',
  password: 'secret p1',
  headers: { 'x-api/key': 'secret p2' },
  accounts: [
    { name: 'a', token: 'secret p3' },
    { name: 'b', token: 'secret p4' },
  ],
  auth: { user: 'u', pass: 'secret p5' },
}

describe('secret fields', () => {
  const ring = parseKeyRing(newKey('k'))
  const place = secretPlace('connections', 'settings', 'con_1')

  it('are encrypted wherever they are, and nothing else is', () => {
    const sealed = sealSecrets(ring, schema, settings, place)
    expect(JSON.stringify(sealed)).not.toMatch(/secret p/)
    expect(sealed).toMatchObject({ host: 'mail.example', accounts: [{ name: 'a' }, { name: 'b' }], auth: { user: 'u' } })
    expect(openSecrets(ring, schema, sealed, place)).toEqual(settings)
    expect(() => openSecrets(ring, schema, sealed, secretPlace('connections', 'settings', 'con_2'))).toThrow('con_2')
    expect(() => openSecrets(ring, schema, settings, place)).toThrow('not an encrypted value')
  })

  it('are masked when shown', () => {
    expect(maskSecrets(schema, settings)).toEqual({
      host: 'mail.example',
      password: MASK,
      headers: { 'x-api/key': MASK },
      accounts: [
        { name: 'a', token: MASK },
        { name: 'b', token: MASK },
      ],
      auth: { user: 'u', pass: MASK },
    })
    expect(maskSecrets(schema, { host: 'x' })).toEqual({ host: 'x' })
  })

  it('are kept when the mask comes back, and replaced when a new one comes', () => {
    const shown = maskSecrets(schema, settings)
    expect(keepMasked(schema, shown, settings)).toEqual(settings)
    expect(keepMasked(schema, { ...shown, host: 'other', password: 'new' }, settings)).toEqual({ ...settings, host: 'other', password: 'new' })
  })

  it('cannot be kept where none is stored', () => {
    const keep = () => keepMasked(schema, { host: 'x', headers: { 'x/y': MASK } }, settings)
    expect(keep).toThrow(CarillonError)
    expect(keep).toThrow('/headers/x~1y')
  })
})

describe('sensitive fields', () => {
  it('leave the data and come back', () => {
    const type = { type: 'object', properties: { code: { type: 'string', 'x-sensitive': true }, order: { type: 'string' } } }
    const data = { code: '123456', order: 'o1' }
    const split = splitSensitive(type, data)
    expect(split).toEqual({ data: { code: MASK, order: 'o1' }, sensitive: { '/code': '123456' } })
    expect(mergeSensitive(split.data, split.sensitive)).toEqual(data)
    expect(mergeSensitive(split.data, null)).toEqual(split.data)
    expect(splitSensitive(type, { order: 'o1' })).toEqual({ data: { order: 'o1' }, sensitive: null })
    expect(splitSensitive(undefined, data)).toEqual({ data, sensitive: null })
  })

  const marked = { 'x-sensitive': true }
  it.each<[string, object]>([
    ['a reference', { properties: { deep: { $ref: '#/$defs/deep' } }, $defs: { deep: { properties: { pin: marked } } } }],
    ['allOf', { allOf: [{ properties: { deep: { properties: { pin: marked } } } }] }],
    ['a branch that may not hold', JSON.parse('{"if":{"required":["x"]},"then":{"properties":{"deep":{"properties":{"pin":{"x-sensitive":true}}}}}}')],
    ['dependentSchemas', { dependentSchemas: { deep: { properties: { deep: { properties: { pin: marked } } } } } }],
    ['a pattern', { properties: { deep: { patternProperties: { '^p': marked } } } }],
    ['additional properties', { properties: { deep: { additionalProperties: marked } } }],
    ['the whole object', { properties: { deep: marked } }],
    ['the root', { ...marked }],
    ['a schema that contains itself', { properties: { deep: { $ref: '#' }, pin: marked } }],
  ])('are found through %s', (_, type) => {
    const data = { deep: { pin: '4711' } }
    const split = splitSensitive(type, data)
    expect(JSON.stringify(split.data)).not.toContain('4711')
    expect(mergeSensitive(split.data, split.sensitive)).toEqual(data)
  })

  it('are found in lists', () => {
    const type = { properties: { list: { prefixItems: [{}, marked], items: { properties: { pin: marked } } } } }
    expect(splitSensitive(type, { list: ['a', 'b', { pin: 'c' }] }).sensitive).toEqual({ '/list/1': 'b', '/list/2/pin': 'c' })
  })

  it('are sought in a bounded number of steps', () => {
    const branches = Array.from({ length: 500 }, () => ({ properties: { pin: marked } }))
    const list = Array.from({ length: 100_000 }, () => ({}))
    expect(() => splitSensitive({ properties: { list: { items: { anyOf: branches } } } }, { list })).toThrow(
      expect.objectContaining({ code: 'invalid_field', errors: [{ pointer: '/data', message: expect.stringContaining('send less data') }] }),
    )
    const pattern = { patternProperties: { '^(a+)+$': marked } }
    expect(splitSensitive(pattern, { [`${'a'.repeat(200)}!`]: 'x', aaa: 'y', b: 'z' }).sensitive).toEqual({ '/aaa': 'y' })
    expect(splitSensitive(pattern, { [`${'a'.repeat(100_000)}!`]: 'x' }).sensitive).not.toBeNull()
  })

  it('refuse a schema whose reference cannot be followed, instead of showing what it hides', () => {
    expect(() => splitSensitive({ $ref: 'https://example.com/schema' }, { a: 1 })).toThrow('https://example.com/schema')
    expect(() => splitSensitive({ $ref: '#/$defs/missing' }, { a: 1 })).toThrow('not there')
  })

  it('never leak and never change, whatever the keys are called', () => {
    const keys = fc.oneof(fc.string(), fc.constantFrom('a/b', 'a~1b', '~0', '', 'constructor', 'toString'))
    const secretText = fc.string({ minLength: 1 }).map((text) => `secret:${text}`)
    fc.assert(
      fc.property(fc.dictionary(keys, fc.dictionary(keys, secretText)), (data) => {
        const split = splitSensitive({ additionalProperties: { additionalProperties: marked } }, data)
        expect(JSON.stringify(split.data)).not.toContain(':secret')
        expect(Object.values(split.data).flatMap((inner) => Object.values(inner ?? {}))).not.toContainEqual(expect.stringContaining('secret:'))
        expect(mergeSensitive(split.data, split.sensitive)).toEqual(data)
      }),
    )
  })
})
