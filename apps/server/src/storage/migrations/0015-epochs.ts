import { type Kysely, sql } from 'kysely'

/**
 * What was issued to a user ends with them. `epoch`: tells a user from the next one with the same id. `idempotency_keys.user_id`: the user whom a
 * stored answer concerns; null for the reports of applications, which the index leaves out.
 */
export async function up(db: Kysely<never>): Promise<void> {
  await sql`alter table users add column epoch text`.execute(db)
  await sql`alter table idempotency_keys add column user_id text`.execute(db)
  await sql`create index idempotency_keys_user on idempotency_keys (user_id) where user_id is not null`.execute(db)
}
