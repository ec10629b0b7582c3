import { sql } from 'kysely'
import type { Trx } from '../schema.ts'
import type { Dialect } from './dialect.ts'

/**
 * Room for every change that was numbered after the backup was taken: a reader that received such a number and connects again later must not
 * find new changes below it.
 */
const AHEAD = 1_000_000_000

/** After rows were inserted with their own numbers: new numbers are higher than all of them. */
export async function raiseSequences({ engine }: Dialect, trx: Trx): Promise<void> {
  const { rows } = await sql<{ last: number }>`select coalesce(max(n), 0) as last from
    (select max(n) as n from events union all select max(n) from notifications union all select max(changed) from notifications) as used`.execute(trx)
  const last = Number(rows[0]?.last ?? 0) + AHEAD
  if (engine === 'sqlite') {
    await trx.updateTable('counters').set({ value: last }).where('name', '=', 'numbers').execute()
    // None of the restored keys is in the index.
    await trx.updateTable('counters').set({ value: 0 }).where('name', '=', 'event_keys').execute()
    return
  }
  await sql`select setval('numbers', ${last}::bigint)`.execute(trx)
  await sql`select setval(pg_get_serial_sequence('decision_sets', 'id'), coalesce(max(id), 0) + 1, false) from decision_sets`.execute(trx)
}
