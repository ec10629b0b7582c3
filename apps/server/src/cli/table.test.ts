import { expect, it } from 'vitest'
import { table } from './table.ts'

it('aligns columns by what a reader sees, without trailing blanks', () => {
  expect(
    table(
      ['WHO', 'WHAT'],
      [
        ['Chloé', 'x'],
        ['Ben', ''],
      ],
    ),
  ).toBe('WHO    WHAT\nChloé  x\nBen')
})
