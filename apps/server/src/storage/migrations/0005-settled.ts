import { type Kysely, sql } from 'kysely'

/** A fact is told once to addresses and rooms too. A delivery to several places keeps which of them are settled, so that a retry asks only the others. */
export async function up(db: Kysely<never>): Promise<void> {
  await sql`alter table dedup_keys rename column user_id to recipient`.execute(db)
  await sql`alter table deliveries add column settled text`.execute(db)
}
