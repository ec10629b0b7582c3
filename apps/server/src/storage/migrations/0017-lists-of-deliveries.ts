import { type Kysely, sql } from 'kysely'

/**
 * Deliveries of one connection and of one channel, newest first. Without them a list of a connection that is rarely used reads every delivery; a
 * channel whose connections are gone is found by the second one only.
 */
export async function up(db: Kysely<never>): Promise<void> {
  await sql`create index deliveries_connection on deliveries (connection_id, id)`.execute(db)
  await sql`create index deliveries_channel on deliveries (channel, id)`.execute(db)
}
