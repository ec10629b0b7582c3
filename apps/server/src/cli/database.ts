import type { Config } from '../config.ts'
import type { Dialect } from '../storage/dialects/dialect.ts'
import { migrate, pendingMigrations } from '../storage/migrate.ts'
import { migrations } from '../storage/migrations/index.ts'
import { openDialect } from '../storage/open.ts'

/** Opens the database, also while a hub is running, and closes it. Creates the schema of an empty one; refuses an older schema, because migrating is the operator's decision. */
export async function withDatabase<T>({ databaseUrl }: Pick<Config, 'databaseUrl'>, run: (dialect: Dialect) => Promise<T>): Promise<T> {
  const dialect = await openDialect(databaseUrl, { max: 2 })
  try {
    const pending = await pendingMigrations(dialect)
    if (pending.length === migrations.length) await migrate(dialect)
    else if (pending.length > 0) throw new Error(`the database has an older schema (${pending.join(', ')} missing): stop the hub, then \`carillon migrate\``)
    return await run(dialect)
  } finally {
    await dialect.close()
  }
}
