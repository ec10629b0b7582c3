import { writeFile } from 'node:fs/promises'
import { cpus, totalmem } from 'node:os'
import { costText } from './cost.ts'
import type { CommitTime } from './disk.ts'
import { type Figure, goalText, number, ratioOf, verdict } from './figure.ts'
import { grid } from './grid.ts'

const HEAD = ['row', 'engine', 'what', 'measured', 'CPU each', 'limit of this run', 'ratio', 'aim', 'floor', 'verdict']

const cells = (figure: Figure): string[] => {
  const ratio = ratioOf(figure)
  return [
    figure.row,
    figure.engine,
    figure.what,
    `${number(figure.value)} ${figure.unit}${figure.note === undefined ? '' : ` (${figure.note})`}`,
    figure.cost === undefined ? '' : costText(figure.cost),
    figure.limit === undefined ? '' : `${number(figure.limit.value)} (${figure.limit.name})`,
    ratio === null ? '' : ratio.toFixed(2),
    goalText(figure.aim, figure.unit),
    goalText(figure.floor, figure.unit),
    verdict(figure),
  ]
}

export const table = (figures: readonly Figure[]): string => grid(HEAD, figures.map(cells))

/** The machine of the run: compare ratios between machines, not figures. */
export const machine = (disk: CommitTime): string =>
  `${new Date().toISOString().slice(0, 16).replace('T', ' ')} UTC; ${cpus().length} cores (${cpus()[0]?.model.trim() ?? 'unknown'}), ${Math.round(totalmem() / 2 ** 30)} GiB; Node ${process.version}; one-row commit with fsync: p50 ${disk.p50Ms.toFixed(2)} ms, p99 ${disk.p99Ms.toFixed(2)} ms`

export const writeReport = (file: URL, figures: readonly Figure[], disk: CommitTime): Promise<void> =>
  writeFile(
    file,
    `# Figures of \`npm run bench\`

${machine(disk)}.

Hub, receiver and load generator share the cores. Every limit was measured in the same run; above 0.5 ms for a commit the ratios of durable rows say more about the disk than about the hub. *CPU each* is the processor time of one event, delivery, request or recipient in microseconds: of the hub with all its threads, and on PostgreSQL + that of the server.

${table(figures)}
`,
  )
