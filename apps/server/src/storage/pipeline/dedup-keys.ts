import { sql } from 'kysely'
import type { Millis } from '../../domain/time.ts'
import type { Wanted } from '../../pipeline/decide.ts'
import type { Dialect } from '../dialects/dialect.ts'
import { insertRows } from '../rows.ts'
import type { Trx } from '../schema.ts'

/** The primary key of `dedup_keys`. */
const KEY = { recipient: 'text', event_type: 'text', key: 'text' } as const

interface Row {
  recipient: string
  event_type: string
  key: string
  event_id: string
}

/**
 * Claims the dedup keys of events for their recipients, and returns for each event the recipients for whom another one holds its key. Of two events
 * with one key the first of the list is first. Two statements however many events there are, in one round trip where `trx` is pipelined.
 */
export async function claimDedup(dialect: Dialect, trx: Trx, wanted: readonly Wanted[], now: Millis): Promise<ReadonlySet<string>[]> {
  const rowsOf = wanted.map(({ event: { id, type, dedupKey }, recipients }) =>
    dedupKey === null ? [] : recipients.map((recipient): Row => ({ recipient, event_type: type, key: dedupKey, event_id: id })),
  )
  const first = new Map<string, Row>()
  for (const row of rowsOf.flat()) if (!first.has(nameOf(row))) first.set(nameOf(row), row)
  if (first.size === 0) return wanted.map(() => new Set())
  // In one order everywhere: otherwise two transactions with the same keys would wait for each other.
  const rows = [...first.values()].sort((a, b) => compare(a.recipient, b.recipient) || compare(a.event_type, b.event_type) || compare(a.key, b.key))
  const [, { rows: held }] = await Promise.all([
    insertRows(
      dialect,
      trx,
      'dedup_keys',
      { ...KEY, event_id: 'id', at: 'integer' },
      rows.map((row) => ({ ...row, at: now })),
    ),
    // One look-up in the index for each.
    sql<Row>`select asked.recipient, asked.event_type, asked.key, ${dialect.publicId(
      'evt',
      sql`(select k.event_id from dedup_keys k where k.recipient = asked.recipient and k.event_type = asked.event_type and k.key = asked.key)`,
    )} as event_id from ${dialect.table(rows, KEY, 'asked')}`.execute(trx),
  ])
  const holder = new Map(held.map((row) => [nameOf(row), row.event_id]))
  return rowsOf.map((own) => new Set(own.flatMap((row) => ((holder.get(nameOf(row)) ?? row.event_id) === row.event_id ? [] : [row.recipient]))))
}

const nameOf = ({ recipient, event_type, key }: Omit<Row, 'event_id'>): string => JSON.stringify([recipient, event_type, key])
const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)
