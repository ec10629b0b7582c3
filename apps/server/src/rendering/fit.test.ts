import fc from 'fast-check'
import { expect, it } from 'vitest'
import { dialects, type Format } from './dialects/index.ts'
import { fit, fitLine, sizeOf, type Unit } from './fit.ts'
import { parseMarkdown } from './markdown.ts'
import { HOSTILE } from './testing/input.ts'

const document = (text: string) => parseMarkdown({ text, values: [] })
const formats = fc.constantFrom(...(Object.keys(dialects) as Format[]))
const units = fc.constantFrom<Unit>('chars', 'bytes')
const sources = fc
  .array(
    fc.oneof(
      fc.constantFrom(...HOSTILE, '👩‍👩‍👧‍👦 é 日本語 ', '**bold 👍🏽** *x*\n\n', '[link](https://x.test)\n\n', '- a\n- b\n\n'),
      fc.string({ unit: 'grapheme' }),
    ),
  )
  .map((p) => p.join(''))

it('never exceeds the limit and never splits a surrogate pair', () => {
  fc.assert(
    fc.property(sources, formats, units, fc.integer({ min: 0, max: 120 }), (source, format, unit, limit) => {
      const text = fit(document(source), dialects[format], limit, unit)
      expect(sizeOf(text, unit)).toBeLessThanOrEqual(limit)
      expect(text.isWellFormed()).toBe(true)
    }),
    { numRuns: 400 },
  )
})

it('leaves alone what fits', () => {
  expect(fit(document('**a** b'), dialects.html, 30)).toBe('<p><strong>a</strong> b</p>')
})

it('cuts words, not markup', () => {
  const source = document('Hello **bold words** and [a link](https://x.test/long/path)')
  expect(fit(source, dialects.html, 40)).toBe('<p>Hello <strong>bold word…</strong></p>')
  expect(fit(source, dialects.markdown, 16)).toBe('Hello **bold…**')
})

it('drops what comes behind the cut, with one mark', () => {
  const text = fit(document(`First paragraph.\n\n- one\n- two\n\n${'long '.repeat(100)}`), dialects.text, 34)
  expect(text).toBe('First paragraph.\n\n- one\n- two\n\nlo…')
})

it('keeps an emoji whole or leaves it out', () => {
  expect(fitLine('ab👩‍👩‍👧‍👦cd', 8)).toBe('ab…')
  expect(fitLine('日本語', 6, 'bytes')).toBe('日…')
  expect(fitLine('abc', 0)).toBe('')
})
