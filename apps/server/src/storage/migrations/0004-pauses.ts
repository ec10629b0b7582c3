import { type Kysely, sql } from 'kysely'
import type { Engine } from '../dialects/dialect.ts'

/** A vendor that answers 429 closes its target for a while without being ill. */
export async function up(db: Kysely<never>, engine: Engine): Promise<void> {
  await sql`alter table target_health add column paused_until ${sql.raw(engine === 'sqlite' ? 'integer' : 'bigint')}`.execute(db)
}
