import { type Kysely, sql } from 'kysely'
import type { Engine } from '../dialects/dialect.ts'

/** Browsers and phones: several places of one user on one channel. */
export async function up(db: Kysely<never>, engine: Engine): Promise<void> {
  const rows = sql.raw(engine === 'sqlite' ? ' strict, without rowid' : '')
  const int = sql.raw(engine === 'sqlite' ? 'integer' : 'bigint')
  const statements = [
    sql`create table devices (
      id text primary key, user_id text not null references users (id) on delete cascade, channel text not null, provider text not null, platform text not null,
      body text not null, address_hash text not null, app text, environment text, locale text, name text, vapid_key text, created_at ${int} not null,
      last_seen_at ${int} not null, gone_at ${int}, gone_reason text)${rows}`,
    // A token belongs to one person: to whom registered it last.
    sql`create unique index devices_address on devices (address_hash)`,
    sql`create index devices_user on devices (user_id)`,
    sql`create index devices_vapid on devices (vapid_key) where vapid_key is not null and gone_at is null`,
  ]
  for (const statement of statements) await statement.execute(db)
}
