import { execFileSync } from 'node:child_process'
import type { Engine } from '../../apps/server/src/storage/dialects/dialect.ts'
import { type Checkout, thisCheckout } from '../lib/checkout.ts'
import { withOneNode } from './one-node.ts'
import type { ComparedRow } from './row.ts'
import { compareRow } from './run.ts'
import { type Compared, comparedTable, roundText } from './table.ts'

/** Rounds from which a median is worth something. */
const ENOUGH = 8

/** Compares this checkout (A) with another one (B). Resolves to the exit status: 1 when a median is outside its tolerance. */
export async function compareWith(other: Checkout, rows: readonly ComparedRow[], engines: readonly Engine[], rounds: number): Promise<number> {
  const say = (text: string) => process.stdout.write(`${text}\n`)
  say(`A: ${described(thisCheckout)}\nB: ${described(other)}`)
  const checkouts = { A: thisCheckout, B: await withOneNode(other, thisCheckout) }
  const compared: Compared[] = []
  for (const row of rows)
    for (const engine of engines) {
      say(`\n${row.name} (${engine}): ${row.what}`)
      const comparison = await compareRow(row, engine, checkouts, rounds, (round, n) => say(`${n} of ${rounds}: ${roundText(round, row.unit)}`))
      compared.push({ row, engine, comparison })
    }
  say(`\n${comparedTable(compared)}`)
  if (rounds < ENOUGH) say(`\nFewer than ${ENOUGH} rounds: this shows a direction, no more.`)
  return compared.some(({ comparison }) => comparison.verdict !== 'within') ? 1 : 0
}

/** Where it lies, which commit it is, and its Node. */
function described({ folder, node }: Checkout): string {
  // Without optional locks: nothing is written into the other folder, not even git's cache of what changed.
  const commit = answer('git', '--no-optional-locks', '-C', folder, 'describe', '--always', '--dirty')
  return `${folder}, ${commit ?? 'no commit'}, Node ${answer(node, '--version')}`
}

function answer(command: string, ...args: string[]): string | null {
  try {
    return execFileSync(command, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim()
  } catch {
    return null
  }
}
