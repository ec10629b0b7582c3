import type { Reported, Stored } from '../../domain/report.ts'
import { CarillonError } from '../../errors.ts'
import type { Columns, Dialect } from '../dialects/dialect.ts'
import { insertRows } from '../rows.ts'
import type { IdempotencyKeysTable, Trx } from '../schema.ts'
import { KEY_TTL } from './idempotency.ts'

const COLUMNS: Columns = { key: 'text', hash: 'text', status: 'integer', body: 'text', at: 'integer' }

/**
 * Claims the idempotency keys of a group of reports, in the transaction of their events; one result for each report, in order. Usually
 * all keys are new, and then this is one insert. Only when it leaves rows out, their present rows are read.
 */
export async function claimKeys(dialect: Dialect, trx: Trx, group: readonly Reported[]): Promise<Stored[]> {
  const rows = group
    .flatMap(({ idempotency, answer, at }) => (idempotency === undefined ? [] : [{ ...idempotency, status: 202, body: answer, at }]))
    // In one order everywhere: otherwise two nodes with the same keys would wait for each other.
    .sort((a, b) => (a.key < b.key ? -1 : Number(a.key > b.key)))
  const someKnown = (await insertRows(dialect, trx, 'idempotency_keys', COLUMNS, rows)) < rows.length
  const stored = someKnown ? await rowsOf(dialect, trx, rows) : null
  return group.map((reported) =>
    stored === null || reported.idempotency === undefined ? { kind: 'stored' } : resultFor(reported, stored.get(reported.idempotency.key)),
  )
}

/** The rows of these keys, after expired ones were given to the present caller. */
async function rowsOf(dialect: Dialect, trx: Trx, rows: Omit<IdempotencyKeysTable, 'user_id'>[]): Promise<Map<string, IdempotencyKeysTable>> {
  const keys = dialect.among(rows.map(({ key }) => key))
  await trx
    .deleteFrom('idempotency_keys')
    .where('key', 'in', keys)
    .where('at', '<', rows[0]!.at - KEY_TTL)
    .execute()
  await insertRows(dialect, trx, 'idempotency_keys', COLUMNS, rows)
  const stored = await trx.selectFrom('idempotency_keys').selectAll().where('key', 'in', keys).execute()
  return new Map(stored.map((row) => [row.key, row]))
}

/** The result for a report's key. A response names new events, so a row with this response is this report's own. */
function resultFor({ idempotency, answer }: Reported, row: IdempotencyKeysTable | undefined): Stored {
  if (row?.body === answer) return { kind: 'stored' }
  if (row === undefined || row.status === 0) return { kind: 'refused', error: new CarillonError('idempotency_running', { retryAfter: 1 }) }
  if (row.hash === idempotency?.hash) return { kind: 'replayed', answer: row.body }
  const errors = [{ pointer: '/header/idempotency-key', message: 'was used with another body' }]
  return { kind: 'refused', error: new CarillonError('idempotency_mismatch', { errors }) }
}
