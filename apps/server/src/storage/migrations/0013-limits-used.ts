import { type Kysely, sql } from 'kysely'
import type { Engine } from '../dialects/dialect.ts'

/** How often a limit was used in its present window. In the database, so that all nodes share the count; `key` is a hash, so no address is in it. */
export async function up(db: Kysely<never>, engine: Engine): Promise<void> {
  const [int, rows] = engine === 'sqlite' ? [sql.raw('integer'), sql.raw(' strict, without rowid')] : [sql.raw('bigint'), sql.raw('')]
  await sql`create table limits_used (key text primary key, used ${int} not null, until ${int} not null)${rows}`.execute(db)
  await sql`create index limits_used_until on limits_used (until)`.execute(db)
}
