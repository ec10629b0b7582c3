import { existsSync } from 'node:fs'
import type { Config } from '../config.ts'
import type { Dialect } from '../storage/dialects/dialect.ts'
import { pendingMigrations } from '../storage/migrate.ts'
import { migrations } from '../storage/migrations/index.ts'
import { openDialect, sqliteFile } from '../storage/open.ts'

/**
 * Opens the database of a hub, also while it is running, and closes it. Creates nothing: without the hub's environment a command would make a second
 * database that no hub reads. Refuses an older schema, because migrating is the operator's decision.
 */
export async function withDatabase<T>(config: Pick<Config, 'databaseUrl' | 'dataDir'>, run: (dialect: Dialect) => Promise<T>): Promise<T> {
  const { databaseUrl } = config
  if (databaseUrl.startsWith('sqlite:') && !existsSync(sqliteFile(databaseUrl))) throw noDatabase(config)
  const dialect = await openDialect(databaseUrl, { max: 2 })
  try {
    const pending = await pendingMigrations(dialect)
    if (pending.length === migrations.length) throw noDatabase(config)
    if (pending.length > 0) throw new Error(`the database has an older schema (${pending.join(', ')} missing): stop the hub, then \`carillon migrate\``)
    return await run(dialect)
  } finally {
    await dialect.close()
  }
}

/** Says where it looked and what changes that; the address of a PostgreSQL server is not repeated, because it holds a password. */
function noDatabase({ databaseUrl, dataDir }: Pick<Config, 'databaseUrl' | 'dataDir'>): Error {
  const missing = databaseUrl.startsWith('sqlite:')
    ? `there is no hub's database at ${sqliteFile(databaseUrl)}. CARILLON_DATA_DIR (now ${dataDir}) or CARILLON_DATABASE_URL says where it is`
    : 'no hub has used the database of CARILLON_DATABASE_URL yet'
  return new Error(`${missing}: run this with the environment of the hub. \`carillon serve\` or \`carillon migrate\` makes a new database`)
}
