import { type Kysely, sql } from 'kysely'
import type { Engine } from '../dialects/dialect.ts'

/**
 * Idempotency keys are random, so each new one changes a page of its own. Hashed and apart from their answers they need a fifth of the
 * pages: taking one costs SQLite half of what it did. Those of the last day are forgotten.
 */
export async function up(db: Kysely<never>, engine: Engine): Promise<void> {
  await sql`drop table idempotency_keys`.execute(db)
  const int = sql.raw(engine === 'sqlite' ? 'integer' : 'bigint')
  await sql`create table idempotency_keys (key text primary key, hash text not null, status ${int} not null, body text not null, at ${int} not null)
    ${sql.raw(engine === 'sqlite' ? 'strict' : '')}`.execute(db)
  await sql`create index idempotency_keys_at on idempotency_keys (at)`.execute(db)
}
