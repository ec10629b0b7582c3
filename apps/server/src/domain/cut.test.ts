import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { beginning, borderBefore, cut, sizeOf, type Unit } from './cut.ts'

const CLUSTERS = [
  '👩‍👩‍👧‍👦',
  '🇩🇪',
  '👍🏽',
  'e\u0301',
  'ก็',
  '각',
  'क्षि',
  '1️⃣',
  '\r\n',
  'x',
  ' ',
  'א',
  '日',
  '🏴\u{e0067}\u{e0062}\u{e0065}\u{e006e}\u{e0067}\u{e007f}',
]
const texts = fc.array(fc.oneof(fc.constantFrom(...CLUSTERS), fc.string({ unit: 'grapheme', maxLength: 4 })), { maxLength: 60 }).map((list) => list.join(''))
const bordersOf = (text: string) => new Set([...new Intl.Segmenter('en').segment(text)].map(({ index }) => index).concat(text.length))

describe('a cut', () => {
  it('is at the border of a grapheme, as near to the limit as there is one', () => {
    fc.assert(
      fc.property(texts, fc.nat(200), (text, at) => {
        const borders = bordersOf(text)
        const expected = Math.max(...[...borders].filter((border) => border <= at))
        expect(borderBefore(text, at)).toBe(expected)
      }),
      { numRuns: 500 },
    )
  })

  it('is right deep inside of a long row of the same sign', () => {
    for (const sign of CLUSTERS) {
      const text = sign.repeat(2_000)
      for (const at of [1, 600, 1_500, 1_501, 1_502, 1_503]) {
        const border = borderBefore(text, at)
        expect(border % sign.length, sign).toBe(0)
        expect(at - border, sign).toBeLessThan(sign.length)
      }
    }
  })

  it('keeps within the limit of every unit, with one mark', () => {
    fc.assert(
      fc.property(texts, fc.nat(80), fc.constantFrom<Unit>('chars', 'points', 'bytes'), (text, limit, unit) => {
        const shown = cut(text, limit, unit)
        expect(sizeOf(shown, unit)).toBeLessThanOrEqual(limit)
        if (sizeOf(text, unit) <= limit) expect(shown).toBe(text)
        else if (shown === '') expect(limit).toBeLessThan(sizeOf('…', unit))
        else expect([shown.at(-1), bordersOf(text).has(shown.length - 1)]).toEqual(['…', true])
      }),
      { numRuns: 500 },
    )
  })

  it.each([
    ['ab👩‍👩‍👧‍👦cd', 8, 'ab'],
    ['ab👩‍👩‍👧‍👦cd', 13, 'ab👩‍👩‍👧‍👦'],
    ['ab', 9, 'ab'],
    ['ab', 0, ''],
  ])('of %s at %i keeps %s', (text, at, kept) => expect(beginning(text, at)).toBe(kept))

  it('measures what is seen of HTML', () => {
    expect(sizeOf('<b>a &amp; b</b> <a href="https://x.test/?a=1&amp;b=2">👍</a>', 'visible')).toBe(8)
    expect(sizeOf('👍é', 'bytes')).toBe(6)
    expect(sizeOf('👍é', 'points')).toBe(2)
    expect(sizeOf('\ud83d', 'bytes')).toBe(3)
  })
})
