import type { Engine } from '../../apps/server/src/storage/dialects/dialect.ts'
import { number } from '../lib/figure.ts'
import { grid } from '../lib/grid.ts'
import type { Comparison, Spread, Tolerance } from './compare.ts'
import type { Round } from './rounds.ts'
import type { ComparedRow } from './row.ts'

/** One line of the table. */
export interface Compared {
  row: Pick<ComparedRow, 'name' | 'what' | 'unit' | 'tolerance'>
  engine: Engine
  comparison: Comparison
}

const HEAD = ['row', 'engine', 'what', 'A', 'B', 'A against B: median (min to max)', 'throughput A/B', 'verdict']

export const comparedTable = (compared: readonly Compared[]): string => grid(HEAD, compared.map(cells))

function cells({ row: { name, what, unit, tolerance }, engine, comparison: { a, b, paired, throughput, verdict } }: Compared): string[] {
  const [text, suffix] = tolerance.of === 'ratio' ? [ratio, ''] : [signed, ` ${unit}`]
  return [
    name,
    engine,
    what,
    `${number(a)} ${unit}`,
    `${number(b)} ${unit}`,
    `${text(paired.median)}${suffix} (${range(paired, text)})`,
    `${ratio(throughput.median)} (${range(throughput, ratio)})`,
    verdict === 'within' ? `within ${limitOf(tolerance, unit)}` : `OUTSIDE ${limitOf(tolerance, unit)}: A takes ${verdict}`,
  ]
}

/** One round, for those who watch. */
export const roundText = ({ A, B }: Round, unit: string): string =>
  `A ${number(A.cost)} ${unit}, ${number(A.perSecond)}/s; B ${number(B.cost)} ${unit}, ${number(B.perSecond)}/s`

const limitOf = ({ of, most }: Tolerance, unit: string): string => (of === 'ratio' ? `${most * 100} %` : `${most} ${unit}`)
const range = ({ min, max }: Spread, text: (value: number) => string): string => `${text(min)} to ${text(max)}`
const ratio = (value: number): string => value.toFixed(3)
const signed = (value: number): string => `${value < 0 ? '' : '+'}${value.toFixed(1)}`
