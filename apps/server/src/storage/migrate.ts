import { type Kysely, sql } from 'kysely'
import { StartError } from '../domain/start-error.ts'
import type { Dialect } from './dialects/dialect.ts'
import { BEFORE_RELEASE, type Migration, migrations as released } from './migrations/index.ts'

/**
 * Brings the schema up to this version: each migration in a transaction of its own, one node at a time, so an interrupted one
 * leaves nothing. Throws when the database was made before the first release, or migrated by a newer version. `applied` lists the migrations of this call.
 */
export async function migrate(dialect: Dialect, migrations: readonly Migration[] = released): Promise<{ applied: string[] }> {
  return await dialect.migrationLock(async (unhurried) => {
    const bare: Kysely<never> = unhurried.withTables<never>()
    await sql`create table if not exists schema_migrations (name text primary key, at bigint not null)`.execute(bare)
    refuseOthers(await appliedNames(bare), migrations)
    const applied: string[] = []
    for (const { name, up } of migrations) {
      const done = await bare.transaction().execute(async (trx) => {
        // Checked again under the write lock: on SQLite another process may have been first.
        if ((await appliedNames(trx)).includes(name)) return false
        await up(trx, dialect.engine)
        await sql`insert into schema_migrations (name, at) values (${name}, ${Date.now()})`.execute(trx)
        return true
      })
      if (done) applied.push(name)
    }
    return { applied }
  })
}

/** The migrations that are not applied yet. Throws when the database was made before the first release, or migrated by a newer version. */
export async function pendingMigrations(dialect: Dialect): Promise<string[]> {
  const tables = await dialect.db.introspection.getTables()
  const known = tables.some(({ name }) => name === 'schema_migrations') ? await appliedNames(dialect.db.withTables<never>()) : []
  refuseOthers(known, released)
  return released.map(({ name }) => name).filter((name) => !known.includes(name))
}

/** Whether nothing of the hub is in the database. Throws as `pendingMigrations` does. */
export const isEmpty = async (dialect: Dialect): Promise<boolean> => (await pendingMigrations(dialect)).length === released.length

async function appliedNames(db: Kysely<never>): Promise<string[]> {
  const { rows } = await sql<{ name: string }>`select name from schema_migrations order by name`.execute(db)
  return rows.map(({ name }) => name)
}

function refuseOthers(applied: string[], migrations: readonly Migration[]): void {
  if (applied.some((name) => BEFORE_RELEASE.includes(name)))
    throw new StartError(
      'The database was made by a Carillon of before the first release, and this version cannot read its tables. Name an empty database in CARILLON_DATABASE_URL (or another folder in CARILLON_DATA_DIR), or go on with the version that made it',
    )
  const newer = applied.filter((name) => !migrations.some((migration) => migration.name === name))
  if (newer.length > 0)
    throw new Error(`The database was migrated by a newer Carillon (${newer.join(', ')}); start that version, or restore a backup made before it`)
}
