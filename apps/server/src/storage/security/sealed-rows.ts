import { sql } from 'kysely'
import type { IdPrefix } from '../../domain/id.ts'
import { secretPlace } from '../../security/secrets.ts'
import type { Dialect } from '../dialects/dialect.ts'
import type { Tables, Trx } from '../schema.ts'

/** A column that holds sealed values, as it is or inside JSON. */
export interface SealedColumn {
  table: keyof Tables
  /** The primary key, by which the rows are read. */
  key: string
  /** Where the key is a number: the name of a row is the public id of this kind in its column `id`. */
  named?: IdPrefix
  column: string
  /** The place of a row's values, as they were sealed for it. */
  placeOf(name: string): string
}

const inRow = (table: keyof Tables, column: string): SealedColumn => ({ table, key: 'id', column, placeOf: (id) => secretPlace(table, column, id) })

/** Every column with sealed values, apart from the key check. Who seals into another column adds it here; a test finds what is missing. */
export const SEALED_COLUMNS: readonly SealedColumn[] = [
  inRow('connections', 'settings'),
  inRow('connections', 'destination'),
  inRow('destinations', 'body'),
  inRow('devices', 'body'),
  { ...inRow('events', 'sensitive'), key: 'n', named: 'evt' },
  { table: 'idempotency_keys', key: 'key', column: 'body', placeOf: (key) => key },
]

export interface SealedRow {
  /** The value of its primary key. */
  at: string | number
  /** The key or public id that its place names. */
  name: string
  text: string
}

/**
 * Rows beyond `after` (null: from the first on), in the order of their key, with a value that may be sealed under another key than the current one. A
 * text that only looks so is among them: the caller looks closer.
 */
export async function outdatedRows(
  { db, publicId }: Dialect,
  { table, key, named, column }: SealedColumn,
  current: string,
  after: SealedRow['at'] | null,
  limit: number,
): Promise<SealedRow[]> {
  const name = named === undefined ? sql.ref(key) : publicId(named, 'id')
  const beyond = after === null ? sql`` : sql` and ${sql.ref(key)} > ${after}`
  // A value that stands alone has no quote before it.
  const rest = sql`replace('"' || ${sql.ref(column)}, ${`"v1.${current}.`}, '"')`
  const { rows } = await sql<SealedRow>`select ${sql.ref(key)} as at, ${name} as name, ${sql.ref(column)} as text from ${sql.table(table)}
    where ${sql.ref(column)} is not null${beyond} and replace(${rest}, '"v1.', '') <> ${rest} order by ${sql.ref(key)} limit ${limit}`.execute(db)
  return rows
}

/** Replaces a column that is still as it was read. Returns false when another process has changed it meanwhile. */
export async function replaceSealed(trx: Trx, { table, key, column }: SealedColumn, row: SealedRow, text: string): Promise<boolean> {
  const { numAffectedRows } = await sql`update ${sql.table(table)} set ${sql.ref(column)} = ${text}
    where ${sql.ref(key)} = ${row.at} and ${sql.ref(column)} = ${row.text}`.execute(trx)
  return numAffectedRows === 1n
}
