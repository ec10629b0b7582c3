import type { JsonObject } from '../../domain/json.ts'

/** A schema that costs much in other validators, and data of the size of a report that it is applied to. */
export interface Hostile {
  schema: JsonObject
  data: () => JsonObject
}

const times = <T>(count: number, make: (i: number) => T): T[] => Array.from({ length: count }, (_, i) => make(i))
const named = <T>(count: number, make: (i: number) => T): { [name: string]: T } => Object.fromEntries(times(count, (i) => [`p${i}`, make(i)]))
const nested = (levels: number): JsonObject => (levels === 0 ? {} : { a: nested(levels - 1) })
const list = (items: JsonObject): JsonObject => ({ properties: { list: { items } } })
const numbers = () => ({ list: times(200_000, (i) => i) })
const objects = () => ({ list: times(20_000, (i) => ({ a: i })) })
const empty = () => ({ list: times(150_000, () => ({})) })
const letters = () => ({ text: `${'ab'.repeat(100_000)}!` })
const random = () => ({ text: times(100_000, (i) => ((i * 7919 + (i >> 3) * 104_729) % 31 > 15 ? 'a' : 'b')).join('') })

/** Schemas that the hub takes: whatever they are applied to, a check ends after a bounded number of steps. */
export const COSTLY: Readonly<Record<string, Hostile>> = {
  'a pattern that tries every way': { schema: { properties: { text: { pattern: '^(a+)+$' } } }, data: () => ({ text: `${'a'.repeat(200_000)}!` }) },
  'a pattern of many ways': { schema: { properties: { text: { pattern: '(a|b)*a(a|b){190}$' } } }, data: random },
  'a pattern that begins anywhere': { schema: { properties: { text: { pattern: '.*a.*b.*c.*d$' } } }, data: letters },
  'a counted pattern': { schema: { properties: { text: { pattern: '(.{0,4}a.{0,4}){9}$' } } }, data: random },
  'patterns of names': { schema: { patternProperties: named(40, () => ({ type: 'integer' })) }, data: () => named(50_000, (i) => i) },
  'names by pattern': { schema: { propertyNames: { pattern: '^(p|q)*[0-9]+(p|q)*$' } }, data: () => named(80_000, (i) => i) },
  'objects that must differ': { schema: { properties: { list: { uniqueItems: true } } }, data: objects },
  'lists that must differ, in lists': {
    schema: { properties: { list: { uniqueItems: true, items: { uniqueItems: true, items: { uniqueItems: true } } } } },
    data: () => ({ list: times(300, (i) => times(30, (j) => times(30, (k) => i * j + k))) }),
  },
  'two equal branches that repeat': {
    schema: {
      anyOf: [
        { required: ['zz'], properties: { a: { $ref: '#' } } },
        { required: ['zz'], properties: { a: { $ref: '#' } } },
      ],
    },
    data: () => nested(31),
  },
  'two branches of each branch': { schema: { oneOf: [{ properties: { a: { $ref: '#' } } }, { properties: { a: { $ref: '#' } } }] }, data: () => nested(31) },
  'not of not': { schema: { not: { not: { allOf: [{ properties: { a: { $ref: '#' } } }, { properties: { a: { $ref: '#' } } }] } } }, data: () => nested(31) },
  'conditions of conditions': {
    schema: JSON.parse('{"if":{"properties":{"a":{"$ref":"#"}}},"then":{"properties":{"a":{"$ref":"#"}}},"else":{"properties":{"a":{"$ref":"#"}}}}'),
    data: () => nested(31),
  },
  'references that double': {
    schema: {
      ...list({ $ref: '#/$defs/p0' }),
      $defs: named(30, (i) => (i === 29 ? { type: 'string' } : { allOf: [{ $ref: `#/$defs/p${i + 1}` }, { $ref: `#/$defs/p${i + 1}` }] })),
    },
    data: objects,
  },
  'a chain of references': {
    schema: { ...list({ $ref: '#/$defs/p0' }), $defs: named(700, (i) => (i === 699 ? {} : { $ref: `#/$defs/p${i + 1}` })) },
    data: numbers,
  },
  'many fields of many objects': { schema: list({ properties: named(900, () => ({ type: 'string' })), required: times(900, (i) => `p${i}`) }), data: empty },
  'many values': { schema: list({ enum: times(2_900, (i) => i + 1_000_000) }), data: numbers },
  'many objects as values': { schema: list({ enum: times(700, (i) => ({ a: -i, b: i })) }), data: objects },
  'many branches': { schema: list({ anyOf: times(700, (i) => ({ const: -i - 1 })) }), data: numbers },
  'contains in contains': { schema: { properties: { list: { allOf: times(200, (i) => ({ contains: { const: -i - 1 } })) } } }, data: numbers },
  'what nobody spoke about': {
    schema: { allOf: times(200, (i) => ({ properties: { [`p${i}`]: true } })), unevaluatedProperties: false },
    data: () => named(40_000, (i) => i),
  },
  'entries that nobody spoke about': {
    schema: { properties: { list: { anyOf: times(200, () => ({ contains: { type: 'integer' } })), unevaluatedItems: false } } },
    data: numbers,
  },
  'many errors': { schema: list({ type: 'string', allOf: times(20, () => ({ type: 'boolean' })) }), data: numbers },
  'formats of long texts': {
    schema: list({
      allOf: ['uri', 'uri-reference', 'uri-template', 'email', 'hostname', 'ipv6', 'date-time', 'duration', 'json-pointer', 'regex', 'byte'].map((format) => ({
        format,
      })),
    }),
    data: () => ({ list: times(450, (i) => `${'a-'.repeat(1_000)}${i}`) }),
  },
  'lengths of long texts': { schema: { properties: { text: { allOf: times(500, () => ({ maxLength: 10 })) } } }, data: letters },
}

/** Schemas that are refused when they are saved, and the pointer and the rule that the refusal names. */
export const REFUSED: Readonly<Record<string, { schema: JsonObject; pointer: string; rule: string }>> = {
  'looks ahead': { schema: { properties: { a: { pattern: '(?=a)b' } } }, pointer: '/properties/a/pattern', rule: 'look-around' },
  'refers back': { schema: { patternProperties: { '(a)\\1': {} } }, pointer: '/patternProperties/(a)\\1', rule: 'references back' },
  'refers back in names': { schema: { propertyNames: { pattern: '(a)\\1' } }, pointer: '/propertyNames/pattern', rule: 'references back' },
  'repeats a repetition': { schema: { properties: { a: { pattern: '(a{1000}){1000}' } } }, pointer: '/properties/a/pattern', rule: 'maxLength' },
  'counts far': { schema: { properties: { a: { pattern: 'x{0,1000}' } } }, pointer: '/properties/a/pattern', rule: 'maxLength' },
  'has a long pattern': { schema: { properties: { a: { pattern: 'x'.repeat(501) } } }, pointer: '/properties/a/pattern', rule: 'at most 500' },
  'has many patterns': {
    schema: { properties: named(10, (i) => ({ pattern: `^[a-z]{1,${150 + i}}$` })) },
    pointer: '/properties/p6/pattern',
    rule: 'too large together',
  },
  'leads to itself': { schema: { $ref: '#' }, pointer: '', rule: 'refers to itself' },
  'leads to itself in a branch': {
    schema: { $defs: { a: { anyOf: [{}, { $ref: '#/$defs/a' }] } }, properties: { x: { $ref: '#/$defs/a' } } },
    pointer: '',
    rule: 'refers to itself',
  },
  'leads to itself by two': {
    schema: { $defs: { a: { allOf: [{ $ref: '#/$defs/b' }] }, b: { not: { $ref: '#/$defs/a' } } }, $ref: '#/$defs/a' },
    pointer: '',
    rule: 'refers to itself',
  },
  'refers to another document': {
    schema: { properties: { a: { $ref: 'https://example.com/schema' } } },
    pointer: '/properties/a/$ref',
    rule: 'inside the schema',
  },
  'refers to nothing': { schema: { properties: { a: { $ref: '#/$defs/a' } } }, pointer: '/properties/a/$ref', rule: 'not there' },
  'refers to what is inherited': { schema: { properties: { a: { $ref: '#/toString' } } }, pointer: '/properties/a/$ref', rule: 'not there' },
  'is dynamic': { schema: { properties: { a: { $dynamicRef: '#a' } } }, pointer: '/properties/a/$dynamicRef', rule: 'write $ref' },
  'is recursive': { schema: { properties: { a: { $recursiveRef: '#' } } }, pointer: '/properties/a/$recursiveRef', rule: 'write $ref' },
  'answers later': { schema: { $async: true }, pointer: '/$async', rule: 'leave it out' },
  'has another name inside': { schema: { properties: { a: { $id: 'https://example.com/a' } } }, pointer: '/properties/a/$id', rule: 'at the top' },
  'is long': { schema: { description: 'x'.repeat(70_000) }, pointer: '', rule: 'at most 65536' },
  'has many fields': { schema: { properties: named(3_001, () => ({})) }, pointer: '', rule: '3000 keywords' },
  'has many values': { schema: { properties: { a: { enum: times(3_001, (i) => i) } } }, pointer: '/properties/a', rule: '3000 keywords' },
  'is deep': { schema: times(40, (i) => i).reduce<JsonObject>((inner) => ({ items: inner }), {}), pointer: '/items'.repeat(33), rule: 'nested deeper' },
  'has a type that does not exist': { schema: { type: 'strin' }, pointer: '/type', rule: 'must be one of null' },
  'has a list for a schema': { schema: { items: [{}] }, pointer: '/items', rule: 'must be a schema' },
  'has a number for a schema': { schema: { properties: { a: 1 } }, pointer: '/properties/a', rule: 'must be a schema' },
  'has a wrong length': { schema: { properties: { a: { maxLength: -1 } } }, pointer: '/properties/a/maxLength', rule: 'whole number' },
  'has an old keyword': { schema: { dependencies: { a: ['b'] } }, pointer: '/dependencies', rule: 'dependentRequired' },
}
