import { type Kysely, sql } from 'kysely'

/**
 * Who named an address: only an application may name what `CARILLON_OUTBOUND_ALLOW` lists. A destination that was confirmed in the moment in which
 * it was made was stored by an application; a person's own was confirmed later, with a code, or never. A device does not say, so a person named it.
 */
export async function up(db: Kysely<never>): Promise<void> {
  await sql`alter table destinations add column named_by text not null default 'person'`.execute(db)
  await sql`alter table devices add column named_by text not null default 'person'`.execute(db)
  await sql`update destinations set named_by = 'application' where confirmed_at = created_at`.execute(db)
  await sql`update destinations set gone_reason = 'Only failures for five days; the last one: could not be reached'
    where named_by = 'person' and gone_reason like 'Only failures for five days;%'`.execute(db)
}
