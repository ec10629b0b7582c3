import { stopPostgres } from './lib/database.ts'
import { measureCommit } from './lib/disk.ts'
import type { Figure } from './lib/figure.ts'
import { machine, table, writeReport } from './lib/report.ts'
import { engineOf, engines, rows, usage } from './rows/index.ts'

/** `bench/main.ts [row…] [sqlite|postgres]`: all rows on both engines unless said. Writes report.md only when everything ran. */
async function main(args: string[]): Promise<number> {
  const wanted = { engines: args.flatMap((arg) => engineOf(arg) ?? []), rows: args.filter((arg) => engineOf(arg) === null) }
  const unknown = wanted.rows.filter((name) => !rows.some((row) => row.name === name))
  if (unknown.length > 0) {
    process.stderr.write(`${usage}\n`)
    return 2
  }
  const disk = measureCommit()
  process.stdout.write(`${machine(disk)}\n`)
  const figures: Figure[] = []
  for (const row of rows) {
    if (wanted.rows.length > 0 && !wanted.rows.includes(row.name)) continue
    for (const engine of engines) {
      if (wanted.engines.length > 0 && !wanted.engines.includes(engine)) continue
      process.stdout.write(`\n${row.title} (${engine})\n`)
      const measured = await row.run(engine)
      figures.push(...measured)
      process.stdout.write(`${table(measured)}\n`)
    }
  }
  if (args.length === 0) await writeReport(new URL('./report.md', import.meta.url), figures, disk)
  process.stdout.write(`\n${table(figures)}\n`)
  return 0
}

try {
  process.exitCode = await main(process.argv.slice(2))
} finally {
  await stopPostgres()
}
