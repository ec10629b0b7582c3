import { type RawBuilder, sql } from 'kysely'
import type { Columns, Insert } from './dialect.ts'
import { hexed } from './ids.ts'

export const POSTGRES_TYPES: Record<Columns[string], string> = { text: 'text', integer: 'bigint', id: 'uuid' }

/**
 * One `insert` for any number of rows with the same text, so that it stays prepared. Each column is a JSON list; a column with equal values
 * in all rows, about half of them, is sent once. Rows as objects took 2.5 times as many bytes, and most of the cost of writing.
 */
function insertStatement({ table, columns, rows }: Insert): RawBuilder<unknown> {
  const names = Object.keys(columns).map((name) => sql.id(name))
  const given = Object.entries(columns).map(([name, type], n) => {
    const values = rows.map((row): unknown => hexed(type, Reflect.get(row, name) ?? null))
    const agreed = n > 0 && values.every((value) => value === values[0]) // the first column gives the number of rows
    return {
      id: sql.id(name),
      type: sql.raw(POSTGRES_TYPES[type]),
      list: JSON.stringify(agreed ? [] : values),
      one: agreed ? values[0] : null,
    }
  })
  const lists = given.map(({ list }) => sql`json_array_elements_text(${list}::json)`)
  const values = given.map(({ id, type, one }) => sql`coalesce(r.${id}::${type}, ${one}::${type})`)
  return sql`insert into ${sql.table(table)} (${sql.join(names)})
    select ${sql.join(values)} from rows from (${sql.join(lists)}) as r (${sql.join(names)}) on conflict do nothing`
}

/** Several of them, into different tables, in one round trip. */
export function insertTogether(inserts: readonly Insert[]): RawBuilder<unknown> {
  const [first, ...others] = inserts.map(insertStatement)
  if (first === undefined || others.length === 0) return first ?? sql`select`
  return sql`with ${sql.join(others.map((one, n) => sql`${sql.id(`other${n}`)} as (${one})`))} ${first}`
}
