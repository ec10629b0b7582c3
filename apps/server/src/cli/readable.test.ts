import { expect, it } from 'vitest'
import { readable } from './readable.ts'
import { table } from './table.ts'

/** Colour, clearing, a title and a hyperlink of the terminal, C1 forms, a returned carriage, backspaces, reordered text. */
const HOSTILE = [
  '\u001b[31m',
  '\u001b[2J',
  '\u001b]0;x\u0007',
  '\u001b]8;;https://x.example\u001b\\',
  '\u009b2J',
  '\u009d0;x\u009c',
  'ok\rno',
  'a\b\b',
  '\u007f',
  '\u202eevil',
  '\u2066x',
  'a\u2028b',
  '\0',
]

it.each(HOSTILE)('shows what a terminal would obey: %j', (text) => {
  expect(readable(text)).not.toMatch(/[\p{Cc}\u2028\u202a-\u202e\u2066-\u2069]/u)
  // JSON for a program says the same as before.
  const said = JSON.stringify({ name: text }, null, 2)
  expect(JSON.parse(readable(said))).toEqual({ name: text })
})

it('leaves everything else', () => {
  const text = 'Zoë\t“x” — 👩‍👩‍👧 مرحبا\nnext'
  expect(readable(text)).toBe(text)
})

it('keeps each cell of a table on its line', () => {
  expect(table(['NAME'], [['Office\n1 row that is none\tx']]).split('\n')).toEqual(['NAME', 'Office 1 row that is none x'])
})
