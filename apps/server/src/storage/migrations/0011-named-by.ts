import { type Kysely, sql } from 'kysely'
import type { Engine } from '../dialects/dialect.ts'

/**
 * Who named an address: only an application may name what `CARILLON_OUTBOUND_ALLOW` lists. A destination that was confirmed in the moment in which
 * it was made was stored by an application; a person's own was confirmed later, with a code, or never. A device does not say, so a person named it.
 * `unreached`: the last failure says which address and port answered, which is not for the person who named them. So may all that are stored.
 */
export async function up(db: Kysely<never>, engine: Engine): Promise<void> {
  const int = sql.raw(engine === 'sqlite' ? 'integer' : 'bigint')
  await sql`alter table destinations add column named_by text not null default 'person'`.execute(db)
  await sql`alter table devices add column named_by text not null default 'person'`.execute(db)
  await sql`update destinations set named_by = 'application' where confirmed_at = created_at`.execute(db)
  await sql`update destinations set gone_reason = 'Only failures for five days; the last one: could not be reached'
    where named_by = 'person' and gone_reason like 'Only failures for five days;%'`.execute(db)
  await sql`alter table target_health add column unreached ${int}`.execute(db)
  await sql`update target_health set unreached = 1 where last_error is not null`.execute(db)
}
