import { sql } from 'kysely'
import type { Columns, Dialect } from './dialects/dialect.ts'
import type { Tables, Trx } from './schema.ts'

/**
 * Inserts any number of rows by one cached statement (the rows travel as one JSON text) and leaves those that are there already:
 * a re-run adds nothing. Every row must have every column.
 */
export async function insertRows<T extends keyof Tables>(dialect: Dialect, trx: Trx, table: T, columns: Columns, rows: object[]): Promise<void> {
  if (rows.length === 0) return
  const names = sql.join(Object.keys(columns).map((column) => sql.ref(column)))
  await sql`insert into ${sql.table(table)} (${names}) select ${names} from ${dialect.table(rows, columns, 'r')} where true on conflict do nothing`.execute(trx)
}
