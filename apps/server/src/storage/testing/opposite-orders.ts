import { sql } from 'kysely'
import { vi } from 'vitest'
import type { Dialect } from '../dialects/dialect.ts'
import { inTransaction } from '../in-transaction.ts'
import type { Trx } from '../schema.ts'

/**
 * Two transactions that want the same three rows, `one` in the order of these and `other` in the opposite order, while `hold` has the middle one. When it
 * is let go each of them has its first row and waits for the first row of the other, unless both take them in one order. SQLite has one writer at a time.
 */
export async function inOppositeOrders<T>(
  dialect: Dialect,
  hold: (trx: Trx) => Promise<unknown>,
  one: () => Promise<T>,
  other: () => Promise<T>,
): Promise<T[]> {
  const running: Promise<T>[] = []
  await inTransaction(dialect, async (trx) => {
    await hold(trx)
    running.push(...[one, other].map((run) => run()))
    for (const each of running) each.catch(() => {})
    if (dialect.engine === 'postgres') await vi.waitFor(async () => expectWaiting(dialect, running.length), { timeout: 20_000, interval: 5 })
  })
  return Promise.all(running)
}

async function expectWaiting({ db }: Dialect, count: number): Promise<void> {
  const { rows } = await sql`select pid from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`.execute(db)
  if (rows.length !== count) throw new Error(`transactions that wait: ${rows.length}, not ${count}`)
}
