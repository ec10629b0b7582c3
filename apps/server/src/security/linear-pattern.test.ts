import fc from 'fast-check'
import { RE2JS } from 're2js'
import { describe, expect, it } from 'vitest'
import { linearPattern } from './linear-pattern.ts'
import { costOf } from './pattern-cost.ts'
import { keptBytes, MOST_BYTES } from './pattern-memory.ts'

describe('the cost of an expression', () => {
  const leaf = fc.constantFrom('a', 'é', '.', '\\d', '\\.', '[a-z]', '[^\\]x-]', '\\p{L}', '[\\p{L}\\p{N} _-]', '^', '$', '\\b', '(?i)', '\\x{41}')
  const { source } = fc.letrec<{ source: string; part: string }>((tie) => ({
    source: fc.oneof(
      { maxDepth: 4, depthSize: 'small' },
      tie('part'),
      fc.tuple(tie('part'), tie('source')).map((two) => two.join('')),
    ),
    part: fc.oneof(
      { maxDepth: 4, depthSize: 'small' },
      leaf,
      fc.tuple(tie('source'), fc.constantFrom('*', '+', '?', '{3}', '{0,7}', '{2,}', '+?')).map(([inner, count]) => `(?:${inner})${count}`),
      fc.tuple(tie('source'), tie('source')).map(([one, other]) => `(${one}|${other})`),
      fc.tuple(leaf, fc.constantFrom('*', '{2}', '{1,40}')).map((two) => two.join('')),
    ),
  }))

  it('is counted before it is compiled, and never too low', () => {
    let compiled = 0
    fc.assert(
      fc.property(source, (written) => {
        const { instructions } = costOf(written)
        fc.pre(instructions < 5_000)
        let size = 0
        try {
          size = RE2JS.compile(written).programSize()
        } catch {
          return
        }
        compiled++
        // The program begins and ends with an instruction of its own.
        expect(size, written).toBeLessThanOrEqual(instructions + 3)
      }),
      { numRuns: 1_000 },
    )
    expect(compiled).toBeGreaterThan(500)
  })

  it.each([
    ['^[a-z]{1,255}$', 520],
    ['(a{10}){10}', 250],
    ['((a{30}){30}){30}', 60_000],
    ['[^]a]{2}', 5],
    ['(^*|((?i)|((?i)|a)))', 17],
  ])('of %s is about %i instructions', (written, about) => {
    expect(costOf(written).instructions).toBeGreaterThan(about / 2)
    expect(costOf(written).instructions).toBeLessThan(2 * about)
  })
})

describe('an expression of others', () => {
  const refused = (source: string): string => {
    try {
      linearPattern(source)
      return ''
    } catch (error) {
      return error instanceof Error ? error.message : ''
    }
  }

  it.each([
    '^[a-z]{1,255}$',
    '^\\p{L}+$',
    '^[\\p{L}\\p{N} _-]{1,100}$',
    '(?i)^[a-z]+$',
    '^(?:[A-Z]{2}\\d{2}[ ]?)(?:\\w{4}[ ]?){2,7}\\w{1,4}$',
    '(?i)[à-ÿ]{1,50}',
  ])('is taken when it is of ordinary size: %s', (source) => {
    expect(refused(source)).toBe('')
  })

  it.each([
    ['x{1000}', 'repeats too much'],
    ['(a{1000}){1000}', 'repeats too much'],
    ['((((a{9}){9}){9}){9}){9}', 'repeats too much'],
    ['a{40}'.repeat(100), 'repeats too much'],
    ['(x{32}){32}', 'repeats too much'],
    ['^\\pL{500}$', 'large classes'],
    ['^[\\p{L}\\p{N}\\p{S}]{1,200}$', 'large classes'],
    ['(?i)[B-\\x{1e942}][B-\\x{1e942}]', 'large classes'],
    ['(?i)[\\x42-\u{1e942}x][\\u0042-\\x{1e942}y]', 'large classes'],
    ['(?i)(?:[B-\u{1e942}]|b){3}', 'large classes'],
  ])('is refused before it is compiled when that would take long: %s', (source, rule) => {
    const { compile } = RE2JS
    let compiled = 0
    RE2JS.compile = (...given) => {
      compiled++
      return compile.apply(RE2JS, given)
    }
    try {
      expect(refused(source)).toContain(rule)
      expect(compiled).toBe(0)
    } finally {
      RE2JS.compile = compile
    }
  })

  it('keeps a bounded memory with all others, whatever they read', () => {
    const text = Array.from({ length: 3_000 }, (_, i) => ((i * 7919 + (i >> 3) * 104_729) % 31 > 15 ? 'a' : 'b')).join('')
    let most = 0
    for (let i = 0; i < 60; i++) {
      linearPattern(`(a|b)*a(a|b){${40 + i}}$`).test(text)
      most = Math.max(most, keptBytes())
    }
    expect(most).toBeGreaterThan(MOST_BYTES / 4)
    expect(most).toBeLessThanOrEqual(MOST_BYTES)
  })
})
