import { parseArgs } from 'node:util'
import { openStore } from '../app/open-store.ts'
import { readConfig } from '../config.ts'
import { migrations } from '../storage/migrations/index.ts'
import { sqliteFile } from '../storage/open.ts'
import type { Command } from './command.ts'

export const migrateCommand: Command = {
  help: `carillon migrate [--json]

Migrates the database to this version, or makes a new one, and exits. \`carillon serve\` does the same at start; use this to migrate as a separate step.
Like serve, it refuses a database with a newer schema, one that could lose a committed row at power failure, one that was encrypted
with another key, and a SQLite file that a running hub has locked.
  --json  {"engine", "applied": [names]}`,

  async run(args, env, io) {
    const { values } = parseArgs({ args: [...args], options: { json: { type: 'boolean', default: false } } })
    const config = readConfig(env)
    const { dialect, applied } = await openStore(config, { lock: true })
    await dialect.close()
    const { engine } = dialect
    const isNew = applied.length === migrations.length
    const made = engine === 'sqlite' ? `A new database: ${sqliteFile(config.databaseUrl)}` : 'The postgres database was empty'
    if (values.json) io.out(JSON.stringify({ engine, applied }))
    else if (applied.length === 0) io.out(`The ${engine} database is up to date.`)
    else io.out([isNew ? `${made}. Applied:` : `The ${engine} database is up to date now. Applied:`, ...applied.map((name) => `  ${name}`)].join('\n'))
    return 0
  },
}
