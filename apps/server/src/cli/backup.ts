import { parseArgs } from 'node:util'
import { backup } from '../app/backup.ts'
import { readConfig } from '../config.ts'
import { counted } from '../domain/counted.ts'
import { toIso } from '../domain/time.ts'
import type { Command } from './command.ts'
import { withDatabase } from './database.ts'
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
    const began = performance.now()
    const { path, takenAt, bytes, rows } = await withDatabase(readConfig(env), (dialect) => backup(dialect, target, Date.now()))
    const ms = Math.round(performance.now() - began)
    if (values.json) {
      io.out(JSON.stringify({ path, takenAt: toIso(takenAt), bytes, ms, rows }))
      return 0
    }
    io.out(`${path}: ${counted(rows['events'] ?? 0, 'event')}, ${counted(rows['deliveries'] ?? 0, 'delivery', 'deliveries')}, ${size(bytes)}, ${ms} ms`)
    io.err('The secret key is not in it. Keep secret.key (or CARILLON_SECRET_KEY) in another place: without it the secrets in the backup are lost.')
    return 0
  },
}

const size = (bytes: number): string => (bytes < 1024 * 1024 ? `${Math.ceil(bytes / 1024)} KiB` : `${(bytes / 1024 / 1024).toFixed(1)} MiB`)
