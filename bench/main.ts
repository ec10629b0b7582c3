import { compareWith } from './against/main.ts'
import { comparedRows } from './against/rows/index.ts'
import { type Names, readArguments, usageOf } from './arguments.ts'
import { openCheckout } from './lib/checkout.ts'
import { stopPostgres } from './lib/database.ts'
import { measureCommit } from './lib/disk.ts'
import type { Figure } from './lib/figure.ts'
import { machine, table, writeReport } from './lib/report.ts'
import { engines, rows } from './rows/index.ts'

const names: Names<(typeof engines)[number]> = { engines, rows: rows.map(({ name }) => name), compared: comparedRows.map(({ name }) => name) }

/** All rows on both engines unless said. Writes report.md only when everything ran. */
async function main(args: readonly string[]): Promise<number> {
  const wanted = readArguments(args, names)
  if (typeof wanted === 'string') return refuse(`${wanted}\n\n${usageOf(names)}`)
  const other = wanted.against && openCheckout(wanted.against.folder)
  if (typeof other === 'string') return refuse(other)

  const disk = measureCommit()
  process.stdout.write(`${machine(disk)}\n`)
  if (wanted.against && other) {
    const chosen = comparedRows.filter(({ name }) => wanted.rows.includes(name))
    return compareWith(other, chosen, wanted.engines, wanted.against.rounds)
  }
  const figures: Figure[] = []
  for (const row of rows) {
    if (!wanted.rows.includes(row.name)) continue
    for (const engine of wanted.engines) {
      process.stdout.write(`\n${row.title} (${engine})\n`)
      const measured = await row.run(engine)
      figures.push(...measured)
      process.stdout.write(`${table(measured)}\n`)
    }
  }
  if (wanted.all) await writeReport(new URL('./report.md', import.meta.url), figures, disk)
  process.stdout.write(`\n${table(figures)}\n`)
  return 0
}

function refuse(sentence: string): number {
  process.stderr.write(`${sentence}\n`)
  return 2
}

try {
  process.exitCode = await main(process.argv.slice(2))
} finally {
  await stopPostgres()
}
