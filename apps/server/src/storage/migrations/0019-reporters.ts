import { type Kysely, sql } from 'kysely'

/** Who reported an event; null is the hub itself, and every event from before. Refusals of one reporter are one voice (`connections/alike.ts`). */
export async function up(db: Kysely<never>): Promise<void> {
  await sql`alter table events add column reporter text`.execute(db)
}
