import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { CarillonError } from '../../errors.ts'
import { MAX_DEPTH, MAX_STRING, parseStrictJson } from './strict-json.ts'

const parse = (text: string) => parseStrictJson(Buffer.from(text))

function refusal(body: string | Buffer): { pointer: string | undefined; message: string } {
  try {
    parseStrictJson(Buffer.from(body))
  } catch (error) {
    if (error instanceof CarillonError && error.code === 'invalid_json') return { pointer: error.errors[0]?.pointer, message: error.message }
    throw error
  }
  throw new Error('was accepted')
}

/** A decimal number without loss: value x 10^exponent. */
function exact(text: string): { value: bigint; exponent: number } {
  const [mantissa = '', exponent = '0'] = text.toLowerCase().split('e')
  const [whole = '', fraction = ''] = mantissa.split('.')
  return { value: BigInt(whole.replace('-', '') + fraction) * (whole.startsWith('-') ? -1n : 1n), exponent: Number(exponent) - fraction.length }
}
/** The value of the first in the unit of whichever is finer. */
const aligned = (one: ReturnType<typeof exact>, other: ReturnType<typeof exact>): bigint =>
  one.value * 10n ** BigInt(Math.max(0, one.exponent - other.exponent))
const abs = (value: bigint): bigint => (value < 0n ? -value : value)

function accepted(text: string): number | null {
  try {
    return Number(parse(text))
  } catch (error) {
    if (error instanceof CarillonError) return null
    throw error
  }
}

const nested = (levels: number): string => '['.repeat(levels) + ']'.repeat(levels)

describe('strict JSON', () => {
  it('reads what JSON.parse reads, whatever stands in the strings', () => {
    const plainKey = fc
      .string({ unit: 'grapheme' })
      .filter((key) => key !== '__proto__' && key !== 'constructor' && !key.includes('\u0000') && key.isWellFormed())
    const text = fc.string({ unit: 'grapheme' }).filter((value) => !value.includes('\u0000') && value.isWellFormed())
    const { value } = fc.letrec((tie) => ({
      value: fc.oneof({ maxDepth: 5 }, text, fc.maxSafeInteger(), fc.boolean(), fc.constant(null), tie('list'), tie('object')),
      list: fc.array(tie('value'), { maxLength: 4 }),
      object: fc.dictionary(plainKey, tie('value'), { maxKeys: 4 }),
    }))
    fc.assert(
      fc.property(value, fc.constantFrom(undefined, 2, '\t'), (given, indent) => {
        const json = JSON.stringify(given, null, indent)
        expect(parse(json)).toEqual(JSON.parse(json))
      }),
    )
  })

  it('never accepts what JSON.parse refuses', () => {
    const scrap = fc.string({ unit: fc.constantFrom('{', '}', '[', ']', '"', ':', ',', '1', 'e', '\\', 'u', ' ', 'null') })
    fc.assert(
      fc.property(scrap, (text) => {
        let valid = true
        try {
          JSON.parse(text)
        } catch {
          valid = false
        }
        if (!valid) expect(() => parse(text)).toThrow(CarillonError)
      }),
    )
  })

  it.each([
    ['a repeated key', '{"data":{"a":1,"b":[{"x":1},{"y":1,"y":2}]}}', '/data/b/1/y'],
    ['a repeated key in another spelling', '{"a":1,"\\u0061":2}', '/a'],
    ['__proto__', '{"data":{"__proto__":{"admin":true}}}', '/data/__proto__'],
    ['constructor', '{"constructor":1}', '/constructor'],
    ['an integer that would be rounded', '{"n":[9007199254740993]}', '/n/0'],
    ['a number without end', '{"n":1e400}', '/n'],
    ['a number that would become 0', '{"a":[{"n":0},{"n":-1e-400}]}', '/a/1/n'],
    ['a number that would become 0, written out', `{"n":[0.5,0.${'0'.repeat(330)}1]}`, '/n/1'],
    ['a number that would become 0, with a large exponent', '{"e-":"e-1","n":1E-0000324}', '/n'],
    ['NUL', '{"a":"x\\u0000y"}', '/a'],
    ['half a surrogate pair', '{"a":{"b":"\\ud83d"}}', '/a/b'],
    ['half a surrogate pair in a key', '{"\\ud83d":1}', '/�'],
    ['a long string', `{"a":"${'x'.repeat(MAX_STRING + 1)}"}`, '/a'],
    ['a string long in bytes', `{"a":"${'é'.repeat(MAX_STRING / 2 + 1)}"}`, '/a'],
    ['a key with a slash', '{"a/b":"\\u0000"}', '/a~1b'],
  ])('refuses %s and says where', (_name, text, pointer) => {
    expect(refusal(text).pointer).toBe(pointer)
  })

  it('takes every spelling of 0, and the smallest double', () => {
    const zeros = ['0', '-0', '0.000', '0e5', '0E-10', '-0.0e-400', `0.${'0'.repeat(400)}`]
    expect(parse(`[${zeros.join(',')}]`)).toEqual(zeros.map(Number))
    expect(parse('[0,5e-324,2.2250738585072014e-308]')).toEqual([0, 5e-324, 2.2250738585072014e-308])
  })

  it('stores no number that reads back as another one', () => {
    const digits = fc.stringMatching(/^(0|[1-9][0-9]{0,30})(\.[0-9]{1,30})?$/)
    const literal = fc.tuple(fc.constantFrom('', '-'), digits, fc.option(fc.integer({ min: -420, max: 420 }), { nil: 0 }))
    fc.assert(
      fc.property(literal, ([sign, mantissa, exponent]) => {
        const text = `${sign}${mantissa}${exponent === 0 ? '' : `e${exponent}`}`
        const sent = exact(text)
        const value = accepted(text)
        if (value === null) return
        const kept = exact(JSON.stringify(value))
        const wholeNumber = sent.value % 10n ** BigInt(-Math.min(0, sent.exponent)) === 0n
        const difference = abs(aligned(sent, kept) - aligned(kept, sent))
        // Half a unit in the last place of a double; below the normal range, of the smallest one.
        const allowed = wholeNumber ? 0n : abs(aligned(sent, kept)) >> 52n
        expect(difference <= allowed || Math.abs(value) < 2.3e-308, text).toBe(true)
        expect(value === 0, text).toBe(sent.value === 0n)
      }),
      { numRuns: 2000 },
    )
    const doubles = fc.double({ noNaN: true, noDefaultInfinity: true }).filter((value) => !Number.isInteger(value) || Number.isSafeInteger(value))
    fc.assert(
      fc.property(doubles, (value) => {
        expect(parse(JSON.stringify([value]))).toEqual([value === 0 ? 0 : value])
      }),
    )
  })

  it(`takes ${MAX_DEPTH} levels and not one more`, () => {
    expect(parse(nested(MAX_DEPTH))).toBeInstanceOf(Array)
    const { pointer, message } = refusal(nested(MAX_DEPTH + 1))
    expect(pointer).toBe('/0'.repeat(MAX_DEPTH))
    expect(message).toContain(String(MAX_DEPTH))
  })

  it('refuses a million brackets without parsing them', () => {
    expect(refusal('['.repeat(1_000_000)).message).toContain('deeper')
  })

  it('refuses bytes that are not UTF-8 instead of repairing them', () => {
    expect(refusal(Buffer.from([0x22, 0xff, 0x22])).message).toContain('UTF-8')
  })

  it('says where broken JSON breaks', () => {
    expect(refusal('{"a":1,}').message).toMatch(/not valid JSON/)
  })

  it('takes the longest string and the largest safe numbers', () => {
    expect(parse(JSON.stringify({ a: 'x'.repeat(MAX_STRING), n: Number.MAX_SAFE_INTEGER, f: 0.1, z: -5e-7 }))).toMatchObject({ n: Number.MAX_SAFE_INTEGER })
  })
})
