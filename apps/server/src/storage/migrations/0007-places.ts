import { type Kysely, sql } from 'kysely'
import type { Engine } from '../dialects/dialect.ts'

/**
 * What one entry of a list is called where its encrypted body must not be opened, in the trace and in the inbox; no secret is in it. A person
 * may miss several places of one channel for one reason, so a decision is told from others by its detail too.
 */
export async function up(db: Kysely<never>, engine: Engine): Promise<void> {
  const [int, rows] = engine === 'sqlite' ? [sql.raw('integer'), sql.raw(' strict, without rowid')] : [sql.raw('bigint'), sql.raw('')]
  await sql`alter table destinations add column label text`.execute(db)
  await sql`create table decisions_next (
    event_id text not null, recipient text not null, channel text not null, decision text not null, reason text not null, detail text not null,
    at ${int} not null, primary key (event_id, recipient, channel, reason, detail))${rows}`.execute(db)
  await sql`insert into decisions_next select event_id, recipient, channel, decision, reason, coalesce(detail, ''), at from decisions`.execute(db)
  await sql`drop table decisions`.execute(db)
  await sql`alter table decisions_next rename to decisions`.execute(db)
}
