import fc from 'fast-check'
import { expect, it } from 'vitest'
import { lineOf, plainLine } from './lines.ts'
import { renderSealed } from './liquid.ts'
import { HOSTILE } from './testing/input.ts'

const reader = { locale: 'en', timezone: 'UTC' }
const scope = (x: string) => ({ data: { x }, user: {}, event: {}, url: '', instance: {} })

it('gives the same characters as a line without authors', () => {
  const text = fc.oneof(fc.constantFrom(...HOSTILE, '', ' ', ' a ', '\t', '\u00a0'), fc.string({ unit: 'binary', maxLength: 8 }))
  fc.assert(
    fc.property(fc.constantFrom('{{ data.x }}', ' {{ data.x }} ', 'a {{ data.x }} {{ data.x }}b ', '\n{{ data.x }}'), text, (template, x) => {
      const sealed = renderSealed(template, scope(x), reader)
      const texts = lineOf(sealed, 'author').map((part) => part.text)
      expect(texts.join('')).toBe(plainLine(sealed))
    }),
    { numRuns: 300 },
  )
})

it('knows the author of each text', () => {
  expect(lineOf(renderSealed('Hi  {{ data.x }}, bye', scope('Ana\nB'), reader), 'channel')).toEqual([
    { kind: 'text', text: 'Hi ', by: 'channel' },
    { kind: 'text', text: 'Ana B' },
    { kind: 'text', text: ', bye', by: 'channel' },
  ])
})
