import { isJsonObject } from '../../domain/json.ts'
import type { Millis } from '../../domain/time.ts'
import type { Columns, Engine } from '../dialects/dialect.ts'
import { BEFORE_RELEASE } from '../migrations/index.ts'

/** Raised when a file of an earlier version can no longer be read. */
export const FORMAT = 2
/** That of the versions before the first release. */
const FIRST_FORMAT = 1

/** The first line of a backup. */
export interface Head {
  carillon: 'backup'
  format: number
  /** Of the hub that made it. */
  version: string
  engine: Engine
  takenAt: Millis
  /** The migrations of its database, in their order. */
  migrations: string[]
  /** The text by which the secret key is recognised; null when no hub had started on the database. */
  keyCheck: string | null
}

/** Rows of one table, as lists in the order of the columns. Columns of bytes have the type `id`, and 32 hex digits in each cell. */
export interface Batch {
  table: string
  columns: Columns
  rows: Cell[][]
}

export type Cell = string | number | null

/** Rows of each table. */
export type Counts = Record<string, number>

/** The last line. `sha256` is that of all bytes before it. */
export interface Foot {
  end: true
  rows: Counts
  sha256: string
}

/** The file is not a whole backup; the message says why. */
export class BrokenBackup extends Error {
  constructor(why: string) {
    super(`${why}; nothing was restored from it`)
    this.name = 'BrokenBackup'
  }
}

export function parseHead(value: unknown): Head {
  if (!isJsonObject(value) || value['carillon'] !== 'backup') throw new BrokenBackup('the file is not a backup of Carillon')
  const { format, version, engine, takenAt, migrations, keyCheck } = value
  if (format === FIRST_FORMAT || (Array.isArray(migrations) && migrations.some((name: unknown) => typeof name === 'string' && BEFORE_RELEASE.includes(name))))
    throw new BrokenBackup(
      `the backup was made by a Carillon of before the first release (${String(version)}), and this version cannot read its tables: restore it with the version that made it`,
    )
  if (format !== FORMAT || typeof version !== 'string')
    throw new BrokenBackup(`the backup has format ${String(format)} and was made by Carillon ${String(version)}; this version reads format ${FORMAT}`)
  const named = Array.isArray(migrations) && migrations.every((name) => typeof name === 'string')
  if (!named || (engine !== 'sqlite' && engine !== 'postgres') || typeof takenAt !== 'number' || (keyCheck !== null && typeof keyCheck !== 'string'))
    throw new BrokenBackup('the first line of the backup is damaged')
  return { carillon: 'backup', format, version, engine, takenAt, migrations, keyCheck }
}

/** The line before the rows of a table; null for another line. */
export function parseTable(value: unknown): Pick<Batch, 'table' | 'columns'> | null {
  if (!isJsonObject(value) || typeof value['table'] !== 'string' || !isJsonObject(value['columns'])) return null
  const columns: Columns = {}
  for (const [name, type] of Object.entries(value['columns'])) {
    // Names become part of statements.
    if (!/^[a-z_]+$/.test(name) || (type !== 'text' && type !== 'integer' && type !== 'id')) return null
    columns[name] = type
  }
  return { table: value['table'], columns }
}

/** One row of a table whose columns have these types; null for anything else. */
export function parseRow(value: unknown, types: readonly Columns[string][]): Cell[] | null {
  return Array.isArray(value) && value.length === types.length && value.every((cell, n) => isCell(cell) && (types[n] !== 'id' || isBytes(cell))) ? value : null
}

export function parseFoot(value: unknown): Foot | null {
  if (!isJsonObject(value) || value['end'] !== true || typeof value['sha256'] !== 'string' || !isJsonObject(value['rows'])) return null
  const rows: Counts = {}
  for (const [table, count] of Object.entries(value['rows'])) if (typeof count === 'number') rows[table] = count
  return { end: true, rows, sha256: value['sha256'] }
}

const isCell = (value: unknown): value is Cell => value === null || typeof value === 'string' || Number.isSafeInteger(value)

const isBytes = (cell: Cell): boolean => cell === null || (typeof cell === 'string' && /^[0-9a-f]{32}$/.test(cell))
