import { parseArgs } from 'node:util'

/** What the command line may name. */
export interface Names<Engine extends string> {
  engines: readonly Engine[]
  rows: readonly string[]
  /** Rows that can be compared with another checkout. */
  compared: readonly string[]
}

export interface Wanted<Engine extends string> {
  rows: readonly string[]
  engines: readonly Engine[]
  /** Everything that this run can measure; only then is it written down. */
  all: boolean
  against: { folder: string; rounds: number } | null
}

const ROUNDS = 8

export const usageOf = ({ engines, rows, compared }: Names<string>): string =>
  `npm run bench -- [row…] [${engines.join('|')}]
rows: ${rows.join(', ')}

npm run bench -- --against <folder of another checkout> [row…] [${engines.join('|')}] [--rounds ${ROUNDS}]
rows: ${compared.join(', ')}`

/** What is to be measured, or a sentence that says what is wrong. */
export function readArguments<Engine extends string>(args: readonly string[], names: Names<Engine>): Wanted<Engine> | string {
  let parsed: ReturnType<typeof parse>
  try {
    parsed = parse(args)
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
  const { against: folder, rounds } = parsed.values
  if (folder === '') return '--against wants the folder of another checkout.'
  if (rounds !== undefined && folder === undefined) return '--rounds belongs to --against.'
  if (rounds !== undefined && !/^[1-9]\d{0,2}$/.test(rounds)) return `--rounds wants a number from 1 to 999, not ${rounds}.`

  const engines = names.engines.filter((engine) => parsed.positionals.includes(engine))
  const chosen = parsed.positionals.filter((name) => !names.engines.some((engine) => engine === name))
  const possible = folder === undefined ? names.rows : names.compared
  const wrong = chosen.find((name) => !possible.includes(name))
  if (wrong !== undefined) return names.rows.includes(wrong) ? `The row ${wrong} cannot be compared with another checkout.` : `There is no row ${wrong}.`
  return {
    rows: chosen.length === 0 ? possible : possible.filter((name) => chosen.includes(name)),
    engines: engines.length === 0 ? names.engines : engines,
    all: parsed.positionals.length === 0,
    against: folder === undefined ? null : { folder, rounds: rounds === undefined ? ROUNDS : Number(rounds) },
  }
}

const parse = (args: readonly string[]) =>
  parseArgs({ args: [...args], allowPositionals: true, options: { against: { type: 'string' }, rounds: { type: 'string' } } })
