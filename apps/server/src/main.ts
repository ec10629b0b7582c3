import { enableCompileCache } from 'node:module'
import { startSmall } from './small-start.ts'

// What the hub writes is its user's own: the database, backups, whatever a command or a script makes.
process.umask(0o077)
enableCompileCache()
const grow = startSmall()

// Everything else is imported after the compile cache is on: it halves the start time.
const { runCli } = await import('./cli.ts')

process.exitCode = await runCli(process.argv.slice(2), process.env, {
  out: (text) => process.stdout.write(`${text}\n`),
  err: (text) => process.stderr.write(`${text}\n`),
  onSignal(names, handler) {
    for (const name of names) process.once(name, handler)
  },
  exit: (code) => process.exit(code),
  started: grow,
})
