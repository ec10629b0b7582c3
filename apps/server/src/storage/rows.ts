import type { Columns, Dialect } from './dialects/dialect.ts'
import type { Tables, Trx } from './schema.ts'

/** Inserts any number of rows and leaves those that are there already: a re-run adds nothing. Answers how many were new. */
export async function insertRows<T extends keyof Tables>(dialect: Dialect, trx: Trx, table: T, columns: Columns, rows: object[]): Promise<number> {
  return rows.length > 0 ? dialect.insert(trx, table, columns, rows) : 0
}
