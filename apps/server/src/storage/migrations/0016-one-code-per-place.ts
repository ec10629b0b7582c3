import { type Kysely, sql } from 'kysely'

/**
 * A code confirms the one place that it was sent to. `events.place`: the id of that place. Codes that wait were sent to every place of a list, so
 * they end: whoever waits for one saves the destination again.
 */
export async function up(db: Kysely<never>): Promise<void> {
  await sql`alter table events add column place text`.execute(db)
  await sql`delete from tokens where purpose = 'destination'`.execute(db)
}
