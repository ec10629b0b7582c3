import { type Kysely, sql } from 'kysely'

/** What an operator allows one connection, as JSON; null is what its vendor documents. */
export async function up(db: Kysely<never>): Promise<void> {
  await sql`alter table connections add column limits text`.execute(db)
}
