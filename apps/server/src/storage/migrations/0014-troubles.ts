import { type Kysely, sql } from 'kysely'

/** Beside the whole sentence of a failure, which operators read: its kind, from which a person is told in plain words. */
export async function up(db: Kysely<never>): Promise<void> {
  await sql`alter table target_health add column last_trouble text`.execute(db)
  await sql`alter table destinations add column gone_trouble text`.execute(db)
}
