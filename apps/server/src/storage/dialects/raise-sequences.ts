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
  const { rows } = await sql<{ changed: number }>`select coalesce(max(changed), 0) as changed from notifications`.execute(trx)
  const changes = Number(rows[0]?.changed ?? 0) + AHEAD
  if (engine === 'sqlite') {
    await trx.updateTable('counters').set({ value: changes }).where('name', '=', 'changes').execute()
    // None of the restored keys is in the index.
    await trx.updateTable('counters').set({ value: 0 }).where('name', '=', 'event_keys').execute()
    return
  }
  await sql`select setval('notification_changes', ${changes}::bigint)`.execute(trx)
  await sql`select setval(pg_get_serial_sequence('decision_sets', 'id'), coalesce(max(id), 0) + 1, false) from decision_sets`.execute(trx)
}
