import { parseArgs } from 'node:util'
import { openStore } from '../app/open-store.ts'
import { readConfig } from '../config.ts'
import type { Command } from './command.ts'

export const migrateCommand: Command = {
  help: `carillon migrate [--json]

Brings the database up to this version and ends. \`carillon serve\` does the same when it starts; this is for whoever wants it as a
step of its own. It refuses what serve refuses: a database of a newer version, one that could lose a committed row at power failure,
one that was encrypted with another key, and an SQLite file that a running hub holds.
  --json  {"engine", "applied": [names]}`,

  async run(args, env, io) {
    const { values } = parseArgs({ args: [...args], options: { json: { type: 'boolean', default: false } } })
    const { dialect, applied } = await openStore(readConfig(env), { lock: true })
    await dialect.close()
    const { engine } = dialect
    if (values.json) io.out(JSON.stringify({ engine, applied }))
    else if (applied.length === 0) io.out(`The ${engine} database is up to date.`)
    else io.out([`The ${engine} database is up to date now. Applied:`, ...applied.map((name) => `  ${name}`)].join('\n'))
    return 0
  },
}
