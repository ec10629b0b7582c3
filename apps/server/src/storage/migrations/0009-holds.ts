import { type Kysely, sql } from 'kysely'

/**
 * Deliveries that are held. `schedule` said that a delivery waits for a connection, which has nothing to do with a time: it is called
 * `no_connection` and has none. `destinations_address`: whose confirmed address a bare one is.
 */
export async function up(db: Kysely<never>): Promise<void> {
  await sql`alter table deliveries add column merged_into text`.execute(db)
  await sql`update deliveries set held_for = 'no_connection', held_until = null where held_for = 'schedule' and state = 'held'`.execute(db)
  await sql`update deliveries set held_for = null, held_until = null where state <> 'held' and (held_for is not null or held_until is not null)`.execute(db)
  await sql`create index deliveries_unconnected on deliveries (channel, id) where state = 'held' and held_until is null`.execute(db)
  await sql`create index deliveries_held_expiry on deliveries (expires_at) where state = 'held' and expires_at is not null`.execute(db)
  await sql`create index destinations_address on destinations (address_hash) where channel = 'email'`.execute(db)
}
