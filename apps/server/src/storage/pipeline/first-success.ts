import type { Outcome } from '../../delivery/outcome.ts'
import type { Millis } from '../../domain/time.ts'
import { codeOf } from '../delivery-states.ts'
import type { Columns, Dialect } from '../dialects/dialect.ts'
import type { Trx } from '../schema.ts'

/** Sent at the first attempt, by the connection on which it was queued, and nothing else to say: the row of the delivery holds all of it. */
export function isFirstSuccess({ delivery, state, tries }: Outcome): boolean {
  const [one] = tries
  return (
    state === 'sent' &&
    one !== undefined &&
    tries.length === 1 &&
    delivery.attempts === 1 &&
    one.connectionId === delivery.connectionId &&
    one.code === null &&
    one.status === null &&
    one.detail === null
  )
}

/**
 * A row that was claimed again meanwhile must not be changed here: by another process when the lease had ended, or by this one when an outcome could not
 * be written at first. Attempts do not tell: what is put off counts as none.
 */
export const STILL_LEASED = `deliveries.id = r.id and deliveries.state = ${codeOf('sending')} and deliveries.owner = r.owner and deliveries.lease = r.lease`

/**
 * Writes them into the rows of their deliveries. They change only what they must, so that fewer indexes are written. Returns those that are in no row,
 * because another process has the delivery by now: they were sent, so their attempts need rows of their own.
 */
export async function writeFirstSuccesses(dialect: Dialect, trx: Trx, outcomes: readonly Outcome[], owner: number, now: Millis): Promise<readonly Outcome[]> {
  if (outcomes.length === 0) return []
  const rows = outcomes.map(({ delivery, tries, externalId }) => ({
    id: delivery.id,
    lease: delivery.lease,
    finished_at: now,
    tried_at: tries[0]!.at,
    tried_ms: tries[0]!.ms,
    external_id: externalId,
    owner,
  }))
  const changed = await dialect.update(trx, 'deliveries', COLUMNS, rows, { set: SET, where: STILL_LEASED })
  return changed === rows.length ? [] : inNoRow(dialect, trx, outcomes)
}

/** Only the first attempt writes `tried_at`, so a row that has it was written from this outcome, perhaps by a commit whose answer was lost. */
async function inNoRow({ amongIds, publicId }: Dialect, trx: Trx, outcomes: readonly Outcome[]): Promise<readonly Outcome[]> {
  const ids = outcomes.map(({ delivery }) => delivery.id)
  const rows = await trx
    .selectFrom('deliveries')
    .select(publicId('dlv', 'deliveries.id').as('public_id'))
    .where('id', 'in', amongIds('dlv', ids))
    .where('tried_at', 'is', null)
    .execute()
  const without = new Set(rows.map((row) => row.public_id))
  return outcomes.filter(({ delivery }) => without.has(delivery.id))
}

const SET = `state = ${codeOf('sent')}, finished_at = r.finished_at, tried_at = r.tried_at, tried_ms = r.tried_ms, external_id = r.external_id, owner = null, crashes = 0`

const COLUMNS: Columns = {
  id: 'id',
  lease: 'integer',
  finished_at: 'integer',
  tried_at: 'integer',
  tried_ms: 'integer',
  external_id: 'text',
  owner: 'integer',
}
