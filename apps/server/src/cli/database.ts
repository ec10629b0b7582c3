import type { Config } from '../config.ts'
import type { Dialect } from '../storage/dialects/dialect.ts'
import { migrate, pendingMigrations } from '../storage/migrate.ts'
import { migrations } from '../storage/migrations/index.ts'
import { openDialect } from '../storage/open.ts'

/** Opens the database beside a hub that may be running, and closes it. An empty one is made; an older one is left to whoever upgrades. */
export async function withDatabase<T>({ databaseUrl }: Pick<Config, 'databaseUrl'>, run: (dialect: Dialect) => Promise<T>): Promise<T> {
  const dialect = await openDialect(databaseUrl, { max: 2 })
  try {
    const pending = await pendingMigrations(dialect)
    if (pending.length === migrations.length) await migrate(dialect)
    else if (pending.length > 0) throw new Error(`the database is of an older version (${pending.join(', ')} missing): stop the hub, then \`carillon migrate\``)
    return await run(dialect)
  } finally {
    await dialect.close()
  }
}
