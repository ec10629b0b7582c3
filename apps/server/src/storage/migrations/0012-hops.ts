import { type Kysely, sql } from 'kysely'
import type { Engine } from '../dialects/dialect.ts'

/** How many hubs an event has passed before this one; null is none. */
export async function up(db: Kysely<never>, engine: Engine): Promise<void> {
  await sql`alter table events add column hops ${sql.raw(engine === 'sqlite' ? 'integer' : 'bigint')}`.execute(db)
}
