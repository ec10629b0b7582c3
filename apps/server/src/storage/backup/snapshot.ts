import { type RawBuilder, sql } from 'kysely'
import type { Columns } from '../dialects/dialect.ts'
import { hexOfStored } from '../dialects/ids.ts'
import type { Db, Trx } from '../schema.ts'
import type { Batch, Cell } from './format.ts'
import { KEPT_TABLES, type KeptTable } from './tables.ts'

/** Rows of one query. An event holds up to 256 KiB, so this bounds the memory. */
const BATCH = 200

/** Every row of every kept table as `trx` sees it, table by table. */
export async function* snapshotRows(trx: Trx): AsyncGenerator<Batch> {
  const tables = await columnsByTable(trx)
  for (const kept of KEPT_TABLES) {
    const columns = tables.get(kept.table)
    if (columns !== undefined) yield* rowsOf(trx, kept, columns)
  }
}

type Row = Record<string, Cell | Uint8Array>

async function* rowsOf(trx: Trx, { table, key, numbered = '' }: KeptTable, present: Columns): AsyncGenerator<Batch> {
  const { [numbered]: number, ...columns } = present
  const order = number === undefined ? key : [numbered]
  const names = Object.keys(columns)
  const keys = sql.join(order.map((name) => sql.id(name)))
  const selected = sql.join(Object.keys(present).map((name) => sql.id(name)))
  const page = async (from: RawBuilder<unknown>) =>
    (await sql<Row>`select ${selected} from ${sql.table(table)} ${from} order by ${keys} limit ${BATCH}`.execute(trx)).rows
  const types = Object.values(columns)
  const cells = (row: Row): Cell[] =>
    names.map((name, n) => {
      const cell = row[name] ?? null
      return types[n] === 'id' || cell instanceof Uint8Array ? hexOfStored(cell) : cell
    })
  for (let rows = await page(sql``); ; ) {
    yield { table, columns, rows: rows.map(cells) }
    const last = rows.at(-1)
    if (rows.length < BATCH || last === undefined) return
    rows = await page(sql`where (${keys}) > (${sql.join(order.map((name) => last[name] ?? null))})`)
  }
}

/** The tables of this database and their columns in the order in which they were made. */
export async function columnsByTable({ introspection }: Pick<Db, 'introspection'>): Promise<Map<string, Columns>> {
  const tables = await introspection.getTables()
  return new Map(tables.map(({ name, columns }) => [name, Object.fromEntries(columns.map((column) => [column.name, typeOf(column.dataType)] as const))]))
}

const typeOf = (dataType: string): Columns[string] => (/int/i.test(dataType) ? 'integer' : /blob|uuid/i.test(dataType) ? 'id' : 'text')
