import { type Kysely, sql } from 'kysely'

/**
 * Deliveries that are held. `schedule` said that a delivery waits for a connection, which has nothing to do with a time: it is called
 * `no_connection` and has none. `destinations_address`: whose confirmed address a bare one is.
 */
export async function up(db: Kysely<never>): Promise<void> {
  await sql`alter table deliveries add column merged_into text`.execute(db)
  await sql`update deliveries set held_for = 'no_connection', held_until = null where held_for = 'schedule' and state = 'held'`.execute(db)
  await sql`update deliveries set held_for = null, held_until = null where state <> 'held' and (held_for is not null or held_until is not null)`.execute(db)
  // One index for what is due and, with `held_until` null, for what waits for a connection: each more costs every change of a state.
  await sql`drop index deliveries_held`.execute(db)
  await sql`create index deliveries_held on deliveries (held_until, channel, id) where state = 'held'`.execute(db)
  await sql`create index deliveries_held_expiry on deliveries (expires_at) where state = 'held' and expires_at is not null`.execute(db)
  await sql`create index destinations_address on destinations (address_hash) where channel = 'email'`.execute(db)
}
