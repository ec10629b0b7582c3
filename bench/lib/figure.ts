import type { Engine } from '../../apps/server/src/storage/dialects/dialect.ts'
import type { Cost } from './cost.ts'

/** A goal of a figure: at least or at most this value, of the figure itself or of its ratio to the limit. */
export interface Goal {
  of: 'value' | 'ratio'
  least?: number
  most?: number
}

/** One line of the table. */
export interface Figure {
  row: string
  what: string
  engine: Engine
  value: number
  unit: string
  /** Processor time of each event, delivery, request or recipient. */
  cost?: Cost
  /** The limit: measured in the same run without the hub. */
  limit?: { name: string; value: number }
  /** The aim of the design. */
  aim?: Goal
  /** The floor: measured to be possible before implementation started. */
  floor?: Goal
  note?: string
}

export interface Row {
  /** Its name on the command line. */
  name: string
  title: string
  run(engine: Engine): Promise<Figure[]>
}

export const ratioOf = ({ value, limit }: Figure): number | null => (limit === undefined ? null : value / limit.value)

/** Whether a goal is met; null when there is none. */
function met(figure: Figure, goal: Goal | undefined): boolean | null {
  if (goal === undefined) return null
  const value = goal.of === 'value' ? figure.value : (ratioOf(figure) ?? Number.NaN)
  return value >= (goal.least ?? Number.NEGATIVE_INFINITY) && value <= (goal.most ?? Number.POSITIVE_INFINITY)
}

export function verdict(figure: Figure): string {
  const [aim, floor] = [met(figure, figure.aim), met(figure, figure.floor)]
  if (aim === null && floor === null) return ''
  if (aim === true) return 'aim reached'
  if (floor === true) return aim === null ? 'floor held' : 'floor held, aim missed'
  return 'missed'
}

export const goalText = (goal: Goal | undefined, unit: string): string =>
  goal === undefined
    ? ''
    : `${goal.least === undefined ? `<= ${number(goal.most ?? 0)}` : `>= ${number(goal.least)}`}${goal.of === 'value' ? ` ${unit}` : ' x'}`

export const number = (value: number): string => (value >= 100 ? Math.round(value).toLocaleString('en-US') : String(Number(value.toPrecision(3))))
