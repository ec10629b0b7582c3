import { type Kysely, sql } from 'kysely'

/** Refusals in a row whose answers are alike, as JSON: from them a connection is blamed (`connections/alike.ts`). */
export async function up(db: Kysely<never>): Promise<void> {
  await sql`alter table target_health add column alike text`.execute(db)
}
