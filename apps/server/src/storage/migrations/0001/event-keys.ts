import { sql } from 'kysely'
import type { Engine } from '../../dialects/dialect.ts'

/**
 * The idempotency keys of events. SQLite appends to their table, and finds a key by a narrow index that is filled in its order
 * (`dialects/sqlite-event-keys.ts`); PostgreSQL needs one unique index, because several nodes take keys. `high` and `low`: 48 bits each, so that
 * they are exact numbers everywhere.
 */
export function eventKeyTables(engine: Engine) {
  const columns = (int: string) => `high ${int} not null, low ${int} not null, hash text not null, body text not null, at ${int} not null`
  const statements =
    engine === 'sqlite'
      ? [
          `create table event_keys (n integer primary key, ${columns('integer')}) strict`,
          `create table event_key_index (high integer not null, n integer not null, primary key (high, n)) strict, without rowid`,
        ]
      : [`create table event_keys (${columns('bigint')}, primary key (high, low))`]
  return statements.map((statement) => sql.raw(statement))
}
