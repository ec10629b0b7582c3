import { expect, it } from 'vitest'
import type { Figure } from './figure.ts'
import { table } from './report.ts'

const figure = (more: Partial<Figure>): Figure => ({ row: 'deliver', engine: 'postgres', what: 'sent', value: 500, unit: '/s', ...more })

/** The last line, cell by cell, from `measured` on. */
const lineOf = (more: Partial<Figure>) =>
  table([figure(more)])
    .split('\n')
    .at(-1)!
    .split('|')
    .map((cell) => cell.trim())
    .slice(4, -1)

it('prints a figure with its processor time, its limit and its goals', () => {
  const limit = { name: 'bare loop', value: 2000 }
  const goals = { aim: { of: 'ratio', least: 0.3 }, floor: { of: 'ratio', least: 0.22 } } as const
  expect(lineOf({ limit, ...goals, cost: { hub: 90, server: 40 }, note: 'p50 2' })).toEqual([
    '500 /s (p50 2)',
    '90 + 40 us',
    '2,000 (bare loop)',
    '0.25',
    '>= 0.3 x',
    '>= 0.22 x',
    'floor held, aim missed',
  ])
})

it('leaves empty what a figure does not have', () => {
  expect(lineOf({})).toEqual(['500 /s', '', '', '', '', '', ''])
})

it.each([
  [{ aim: { of: 'ratio', most: 1.2 }, floor: { of: 'ratio', most: 1.3 } }, 120, 'aim reached'],
  [{ aim: { of: 'ratio', most: 1.2 }, floor: { of: 'ratio', most: 1.3 } }, 125, 'floor held, aim missed'],
  [{ aim: { of: 'ratio', most: 1.2 }, floor: { of: 'ratio', most: 1.3 } }, 131, 'missed'],
  [{ floor: { of: 'value', most: 130 } }, 130, 'floor held'],
  [{ aim: { of: 'value', least: 130 } }, 129, 'missed'],
] as const)('judges by %o that %s against 100: %s', (goals, value, verdict) => {
  expect(lineOf({ value, limit: { name: 'empty', value: 100 }, ...goals }).at(-1)).toBe(verdict)
})
