import { startSmall } from './small-start.ts'

// What the hub writes is its user's own: the database, backups, whatever a command or a script makes.
process.umask(0o077)
const grow = startSmall()

// Everything else is imported after that, so that the heap stays small while it loads.
const { runCli } = await import('./cli.ts')
const { onStopSignals } = await import('./cli/stop-signals.ts')

process.exitCode = await runCli(process.argv.slice(2), process.env, {
  out: (text) => process.stdout.write(`${text}\n`),
  err: (text) => process.stderr.write(`${text}\n`),
  onStop: (stop) => onStopSignals(process, stop),
  exit: (code) => process.exit(code),
  started: grow,
})
// A command that failed has closed what it opened; should anything keep the process alive nevertheless, it ends all the same.
if (process.exitCode !== 0) setTimeout(() => process.exit(), 5000).unref()
