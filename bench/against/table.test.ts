import { expect, it } from 'vitest'
import { compare } from './compare.ts'
import { accept } from './rows/accept.ts'
import { start } from './rows/start.ts'
import { comparedTable } from './table.ts'

/** The last line, cell by cell. */
const lineOf = (row: typeof accept, ...costs: [a: number, b: number][]) => {
  const rounds = costs.map(([a, b]) => ({ A: { cost: a, perSecond: 1e6 / a }, B: { cost: b, perSecond: 1e6 / b } }))
  const text = comparedTable([{ row, engine: 'sqlite', comparison: compare(rounds, row.tolerance) }])
  return text
    .split('\n')
    .at(-1)!
    .split('|')
    .map((cell) => cell.trim())
    .slice(3, -1)
}

it('shows processor time as a ratio', () => {
  expect(lineOf(accept, [66, 60], [60, 60], [63.6, 60])).toEqual([
    'CPU per accepted event',
    '63.6 us',
    '60 us',
    '1.060 (1.000 to 1.100)',
    '0.943 (0.909 to 1.000)',
    'OUTSIDE 5 %: A takes more',
  ])
})

it('shows memory as a difference', () => {
  expect(lineOf(start, [160, 161], [162, 160])).toEqual([
    'idle memory (RSS)',
    '161 MiB',
    '161 MiB',
    '+0.5 MiB (-1.0 to +2.0)',
    '0.997 (0.988 to 1.006)',
    'within 5 MiB',
  ])
})
