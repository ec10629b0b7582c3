import { type Kysely, sql } from 'kysely'
import type { Engine } from '../dialects/dialect.ts'

/** A destination that lists addresses (Apprise URLs) has a row for each: `n` from 1; 0 is the only one of its channel. */
export async function up(db: Kysely<never>, engine: Engine): Promise<void> {
  const int = sql.raw(engine === 'sqlite' ? 'integer' : 'bigint')
  await sql`alter table destinations add column n ${int} not null default 0`.execute(db)
  await sql`drop index destinations_user`.execute(db)
  await sql`create unique index destinations_user on destinations (user_id, channel, n)`.execute(db)
}
