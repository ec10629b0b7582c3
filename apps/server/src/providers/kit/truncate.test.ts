import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { oneLine, truncate } from './truncate.ts'

describe('truncate', () => {
  it.each([
    ['hello', 5, 'chars', 'hello'],
    ['hello!', 5, 'chars', 'hell…'],
    ['👍👍👍', 3, 'chars', '👍👍👍'],
    ['👍👍👍👍', 3, 'chars', '👍👍…'],
    ['ééé', 6, 'bytes', 'ééé'],
    ['éééé', 7, 'bytes', 'éé…'],
    ['abc', 2, 'bytes', ''],
    ['', 0, 'chars', ''],
  ] as const)('%j to %i %s', (text, limit, unit, expected) => expect(truncate(text, limit, unit)).toBe(expected))

  it('never exceeds the limit nor breaks a character, and keeps what fits', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 60 }), fc.nat(40), fc.constantFrom('chars' as const, 'bytes' as const), (text, limit, unit) => {
        const size = (value: string) => (unit === 'bytes' ? Buffer.byteLength(value) : Array.from(value).length)
        const cut = truncate(text, limit, unit)
        expect(size(cut)).toBeLessThanOrEqual(limit)
        expect(cut.isWellFormed()).toBe(text.isWellFormed() || cut.isWellFormed())
        if (size(text) <= limit) expect(cut).toBe(text)
        else if (cut !== '') expect(text.startsWith(cut.slice(0, -1)) && cut.endsWith('…')).toBe(true)
      }),
    )
  })
})

it('makes one line of anything', () => {
  expect(oneLine('a\r\nBcc: x\u0000\u2028b\u0085')).toBe('a Bcc: x b')
})
