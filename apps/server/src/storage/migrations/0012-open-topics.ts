import { type Kysely, sql } from 'kysely'
import type { Engine } from '../dialects/dialect.ts'

/** People join only topics that are open. Those of before become closed: nobody said that they are for everyone. */
export async function up(db: Kysely<never>, engine: Engine): Promise<void> {
  await sql`alter table topics add column open ${sql.raw(engine === 'sqlite' ? 'integer' : 'bigint')} not null default 0`.execute(db)
}
