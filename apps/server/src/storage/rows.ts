import type { Columns, Dialect, Insert } from './dialects/dialect.ts'
import type { Tables, Trx } from './schema.ts'

/** Inserts any number of rows and keeps existing ones: a re-run adds nothing. Returns how many were new. */
export async function insertRows<T extends keyof Tables>(dialect: Dialect, trx: Trx, table: T, columns: Columns, rows: object[]): Promise<number> {
  return rows.length > 0 ? dialect.insert(trx, [{ table, columns, rows }]) : 0
}

/** The same for several tables in one round trip. */
export async function insertAll(dialect: Dialect, trx: Trx, inserts: Insert[]): Promise<void> {
  const filled = inserts.filter(({ rows }) => rows.length > 0)
  if (filled.length > 0) await dialect.insert(trx, filled)
}
