import { type Kysely, sql } from 'kysely'
import type { Engine } from '../dialects/dialect.ts'

/**
 * The idempotency keys of events have a table of their own. SQLite appends to it, and finds a key by a narrow index that is filled in its order
 * (`dialects/sqlite-event-keys.ts`); PostgreSQL needs one unique index, because several nodes take keys. `high` and `low`: 48 bits each, so that
 * they are exact numbers everywhere. Keys of the last day are forgotten.
 */
export async function up(db: Kysely<never>, engine: Engine): Promise<void> {
  await sql`delete from idempotency_keys`.execute(db)
  const columns = (int: string) => `high ${int} not null, low ${int} not null, hash text not null, body text not null, at ${int} not null`
  const statements =
    engine === 'sqlite'
      ? [
          `create table event_keys (n integer primary key, ${columns('integer')}) strict`,
          `create table event_key_index (high integer not null, n integer not null, primary key (high, n)) strict, without rowid`,
          // The rows up to this number are in the index.
          `insert into counters values ('event_keys', 0)`,
        ]
      : [`create table event_keys (${columns('bigint')}, primary key (high, low))`]
  for (const statement of statements) await sql.raw(statement).execute(db)
}
