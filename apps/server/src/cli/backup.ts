import { existsSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { backup } from '../app/backup.ts'
import { readConfig } from '../config.ts'
import { counted } from '../domain/counted.ts'
import { toIso } from '../domain/time.ts'
import { pendingMigrations } from '../storage/migrate.ts'
import { openDialect, sqliteFile } from '../storage/open.ts'
import type { Command } from './command.ts'
import { operands } from './options.ts'

export const backupCommand: Command = {
  help: `carillon backup <file|folder> [--json]

Writes everything in the database at one moment into one file, also while the hub runs. In a folder the file is named after the time.
The file has mode 600, gets its name when it is on disk and was read back, and never replaces another one. \`carillon restore\` reads it on
either engine. The secret key is not in it, and without the key its secrets are lost: keep a copy of secret.key or CARILLON_SECRET_KEY elsewhere.
  --json  {"path", "takenAt", "bytes", "ms", "rows": {table: n}}`,

  async run(args, env, io) {
    const { values, positionals } = parseArgs({ args: [...args], allowPositionals: true, options: { json: { type: 'boolean', default: false } } })
    const [target = ''] = operands(positionals, 'the file or folder')
    const config = readConfig(env)
    const { databaseUrl } = config
    if (databaseUrl.startsWith('sqlite:') && !existsSync(sqliteFile(databaseUrl)))
      throw new Error(`there is no database at ${sqliteFile(databaseUrl)}; correct CARILLON_DATA_DIR or CARILLON_DATABASE_URL`)
    const began = performance.now()
    const dialect = await openDialect(databaseUrl, { max: 2 })
    try {
      const pending = await pendingMigrations(dialect)
      if (pending.length > 0) throw new Error(`the database has an older schema (${pending.join(', ')} missing): back it up with the version that serves it`)
      const { path, takenAt, bytes, rows } = await backup(dialect, target, Date.now())
      const ms = Math.round(performance.now() - began)
      if (values.json) {
        io.out(JSON.stringify({ path, takenAt: toIso(takenAt), bytes, ms, rows }))
        return 0
      }
      io.out(`${path}: ${counted(rows['events'] ?? 0, 'event')}, ${counted(rows['deliveries'] ?? 0, 'delivery', 'deliveries')}, ${size(bytes)}, ${ms} ms`)
      io.err('The secret key is not in it. Keep secret.key (or CARILLON_SECRET_KEY) in another place: without it the secrets in the backup are lost.')
      return 0
    } finally {
      await dialect.close()
    }
  },
}

const size = (bytes: number): string => (bytes < 1024 * 1024 ? `${Math.ceil(bytes / 1024)} KiB` : `${(bytes / 1024 / 1024).toFixed(1)} MiB`)
