import { type Kysely, sql } from 'kysely'
import type { Engine } from '../dialects/dialect.ts'

/** What runs again and again, once per database: which node runs it, until when, and when it is due again. */
export async function up(db: Kysely<never>, engine: Engine): Promise<void> {
  const [int, rows] = engine === 'sqlite' ? [sql.raw('integer'), sql.raw(' strict, without rowid')] : [sql.raw('bigint'), sql.raw('')]
  await sql`create table jobs (name text primary key, owner text, leased_until ${int}, next_at ${int} not null)${rows}`.execute(db)
}
