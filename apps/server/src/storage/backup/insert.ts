import { sql } from 'kysely'
import type { NewTask } from '../../domain/task.ts'
import { stateLit } from '../delivery-states.ts'
import type { Dialect } from '../dialects/dialect.ts'
import { raiseSequences } from '../dialects/raise-sequences.ts'
import { BACK } from '../pipeline/call-off.ts'
import type { Trx } from '../schema.ts'
import { type Batch, BrokenBackup } from './format.ts'
import { columnsByTable } from './snapshot.ts'
import { KEPT_TABLES, OF_NODES, OWN_SETTINGS } from './tables.ts'
import { TASKS, tasksOf } from './tasks.ts'

/** Names of tables that hold a row, besides those that a hub writes by itself at its first start. */
export async function filledTables(dialect: Dialect): Promise<string[]> {
  const known = await columnsByTable(dialect.db)
  const filled: string[] = []
  for (const { table } of KEPT_TABLES) {
    if (table === 'settings' || !known.has(table)) continue
    const { rows } = await sql`select 1 from ${sql.table(table)} limit 1`.execute(dialect.db)
    if (rows.length > 0) filled.push(table)
  }
  return filled
}

/**
 * Inserts everything in one transaction of the caller's, into a database that nobody else uses. What belonged to processes that are gone is
 * given up: leases, and requests that had no answer yet.
 */
export async function insertBackup(
  dialect: Dialect,
  trx: Trx,
  batches: AsyncIterable<Batch>,
  enqueue: (trx: Trx, tasks: NewTask[]) => Promise<void>,
): Promise<void> {
  const known = await columnsByTable(trx)
  await trx.deleteFrom('settings').execute()
  for await (const { table, columns, rows } of batches) {
    if (table === TASKS) {
      await enqueue(trx, tasksOf(columns, rows))
      continue
    }
    const kept = KEPT_TABLES.find((one) => one.table === table)
    const present = known.get(table)
    if (kept === undefined || present === undefined) throw new BrokenBackup(`the backup has a table "${table}", which this version does not know`)
    const names = Object.keys(columns)
    const unknown = names.find((name) => !Object.hasOwn(present, name))
    if (unknown !== undefined) throw new BrokenBackup(`the backup has a column "${unknown}" of "${table}", which this version does not know`)
    const other = names.find((name) => present[name] !== columns[name])
    if (other !== undefined) throw new BrokenBackup(`the backup has another type for "${other}" of "${table}" than this version`)
    const objects = rows.map((row) => Object.fromEntries(names.map((name, n) => [name, row[n] ?? null])))
    if (objects.length > 0 && (await dialect.insert(trx, [{ table: kept.table, columns, rows: objects }])) !== objects.length)
      throw new BrokenBackup(`the backup holds a row of "${table}" twice`)
  }
  await trx
    .deleteFrom('settings')
    .where((eb) => eb.or([eb('key', 'in', OWN_SETTINGS), eb('key', 'like', `${OF_NODES}%`)]))
    .execute()
  await trx.deleteFrom('idempotency_keys').where('status', '=', 0).execute()
  await sql`update deliveries set ${BACK} where state = ${stateLit('sending')}`.execute(trx)
  await raiseSequences(dialect, trx)
}
