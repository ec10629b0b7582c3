import { type RawBuilder, sql } from 'kysely'
import type { By } from '../../domain/by.ts'
import type { DeliveryState } from '../../domain/delivery.ts'
import { paged, type Rows, type Slice } from '../../domain/page.ts'
import type { Clock, Millis } from '../../domain/time.ts'
import { CarillonError } from '../../errors.ts'
import { audit } from '../audit.ts'
import { codeOf, stateList, stateLit, stateOf } from '../delivery-states.ts'
import type { Dialect } from '../dialects/dialect.ts'
import type { Trx } from '../schema.ts'
import { type AttemptRow, attemptsOf } from './attempts.ts'
import { conditionsOf, type DeliveryFilter, shownAs, userIn } from './delivery-filter.ts'
import { type DeliveryRow, deliveryRows, eventNumber, type Joined, toDeliveryRow } from './delivery-rows.ts'
import { numberedSince, numberedUntil } from './made-in.ts'

/** The states that ended unsent. The causes are checked again when the attempt begins. */
const ENDED = ['failed', 'expired', 'cancelled', 'suppressed'] as const
/** How many deliveries one bulk retry may put back. */
const MAX_BULK = 10_000

/** Deliveries as operators see them: reading, and putting dead ones back. */
export function createDeliveryAdmin(dialect: Dialect, clock: Clock) {
  const { db, reads } = dialect

  const toRow = (row: Joined): DeliveryRow => toDeliveryRow(row, clock())

  /** Those that match, newest first. */
  function matching(conditions: readonly RawBuilder<boolean>[], { limit, after }: Slice): Promise<Joined[]> {
    const all = after === null ? conditions : [...conditions, sql<boolean>`deliveries.id < ${dialect.bytesOf('dlv', after)}`]
    return deliveryRows(dialect, reads)
      .where(every(all))
      .orderBy('deliveries.id', 'desc')
      .limit(limit + 1)
      .execute()
  }

  /**
   * Those of a user, from notification to notification, so that no more of them are read than the page needs. Notification and deliveries are written
   * together, so this is the order of the ids too.
   */
  async function matchingOf(
    user: string,
    conditions: readonly RawBuilder<boolean>[],
    { event, since, until }: DeliveryFilter,
    { limit, after }: Slice,
  ): Promise<Joined[]> {
    const last =
      after === null
        ? undefined
        : await reads.selectFrom('deliveries').select('notification').where('id', '=', dialect.bytesOf('dlv', after)).executeTakeFirst()
    const from = last?.notification ?? 0
    const n = sql.ref<number>('n.n')
    const bounds = [
      ...(event === undefined ? [] : [sql<boolean>`n.event = ${eventNumber(dialect, event)}`]),
      ...(since === undefined ? [] : [numberedSince(dialect, n, since)]),
      // One upper bound: a second one could be that by which the index is read.
      ...(until === undefined || after !== null ? [] : [numberedUntil(dialect, n, until)]),
      // The first of these says nothing more, but it alone bounds the index.
      ...(after === null ? [] : [sql<boolean>`${n} <= ${from}`, sql<boolean>`(${n}, deliveries.id) < (${from}, ${dialect.bytesOf('dlv', after)})`]),
    ]
    return deliveryRows(dialect, reads)
      .innerJoin('notifications as n', 'n.n', 'deliveries.notification')
      .where('n.user_id', '=', user)
      .where(every([...conditions, ...bounds]))
      .orderBy('n.n', 'desc')
      .orderBy('deliveries.id', 'desc')
      .limit(limit + 1)
      .execute()
  }

  return {
    async list(filter: DeliveryFilter, slice: Slice): Promise<Rows<DeliveryRow>> {
      const user = userIn(filter)
      const conditions = [...(filter.status === undefined ? [] : [shownAs(filter.status, clock())]), ...conditionsOf(dialect, filter)]
      const rows = user === null ? await matching(conditions, slice) : await matchingOf(user, conditions, filter, slice)
      return paged(rows.map(toRow), slice.limit, ({ id }) => id)
    },
    async get(id: string): Promise<{ row: DeliveryRow; attempts: AttemptRow[] } | null> {
      const row = await deliveryRows(dialect, db).where('deliveries.id', '=', dialect.bytesOf('dlv', id)).executeTakeFirst()
      if (row === undefined) return null
      const written = await db
        .selectFrom('attempts')
        .select(['n', 'connection_id', 'at', 'ms', 'outcome', 'code', 'status', 'detail', 'retry_at'])
        .where('delivery_id', '=', dialect.bytesOf('dlv', id))
        .execute()
      return { row: toRow(row), attempts: attemptsOf(row, written) }
    },
    /** Returns false when there is no such delivery; throws `not_retryable`. */
    retry: (id: string, by: By): Promise<boolean> =>
      db.transaction().execute(async (trx) => {
        const row = await trx
          .selectFrom('deliveries')
          .select(['state', sql<number>`case when ${REACHABLE} then 0 else 1 end`.as('orphaned')])
          .where('id', '=', dialect.bytesOf('dlv', id))
          .executeTakeFirst()
        if (row === undefined) return false
        if ((await putBack(dialect, trx, [id], clock())) === 0)
          throw new CarillonError('not_retryable', { detail: row.orphaned === 1 ? ORPHANED : notRetryable(stateOf(row.state)) })
        await audit(trx, { ...by, action: 'delivery.retried', target: id, at: clock() })
        return true
      }),
    /** Puts back at most `MAX_BULK` deliveries, oldest first; a dry run only counts them. */
    retryAll: ({ status, ...filter }: DeliveryFilter, dryRun: boolean, by: By): Promise<number> =>
      db.transaction().execute(async (trx) => {
        const user = userIn(filter)
        const conditions = [
          sql<boolean>`state = ${stateLit(status ?? 'failed')}`,
          REACHABLE,
          // Of a cancelled event only what is named as cancelled: a person who retries failures does not mean these.
          ...(status === 'cancelled' ? [] : [sql<boolean>`cancelled_at is null`]),
          ...(status === 'queued' ? [sql<boolean>`due_at > ${clock()}`] : []),
          ...(user === null ? [] : [sql<boolean>`notification in (select n from notifications where user_id = ${user})`]),
          ...conditionsOf(dialect, filter),
        ]
        const found = await trx
          .selectFrom('deliveries')
          .select(dialect.publicId('dlv', 'deliveries.id').as('id'))
          .where(every(conditions))
          .orderBy('deliveries.id')
          .limit(MAX_BULK)
          .execute()
        const ids = found.map(({ id }) => id)
        if (dryRun || ids.length === 0) return ids.length
        const count = await putBack(dialect, trx, ids, clock())
        await audit(trx, { ...by, action: 'delivery.retried', target: 'bulk', detail: { count, status: status ?? 'failed' }, at: clock() })
        return count
      }),
  }
}

export type DeliveryAdmin = ReturnType<typeof createDeliveryAdmin>

const every = (conditions: readonly RawBuilder<boolean>[]): RawBuilder<boolean> =>
  conditions.length === 0 ? sql<boolean>`true` : sql<boolean>`${sql.join(conditions, sql` and `)}`

/**
 * Its recipient was not deleted since it was made: an attempt sends to whoever has the id of its recipient now. The audit log knows; the action is part
 * of the statement, as the index `audit_log_deleted` holds such rows only.
 */
const REACHABLE = sql<boolean>`not exists (
  select 1 from audit_log l where l.action = 'user.deleted' and l.target = deliveries.recipient and l.at >= deliveries.created_at)`
const ORPHANED = 'Its recipient was deleted since; whoever has that id now is somebody else.'
const notRetryable = (state: DeliveryState): string =>
  `The delivery is ${state}${state === 'queued' ? ' and due' : ''}; only failed, expired, cancelled and suppressed ones can be retried, and queued ones that wait for their next attempt.`

/**
 * Makes deliveries due now. An ended one begins a new round of attempts, and the old attempts stay readable. One that never had a connection
 * waits until it gets one. One that waits for its next attempt is due at once.
 */
async function putBack(dialect: Dialect, trx: Trx, ids: string[], now: Millis): Promise<number> {
  const dead = trx
    .updateTable('deliveries')
    .set((eb) => ({
      due_at: now,
      crashes: 0,
      attempts_before: eb.ref('attempts'),
      finished_at: null,
      cancelled_at: null,
      owner: null,
      error_code: null,
      error: null,
      expires_at: eb.case().when('expires_at', '<=', now).then(null).else(eb.ref('expires_at')).end(),
    }))
    .where('id', 'in', dialect.amongIds('dlv', ids))
    .where('state', 'in', stateList(...ENDED))
    .where(REACHABLE)
  const held = await dead
    .where('connection_id', 'is', null)
    .set({ state: codeOf('held'), held_until: null, held_for: 'no_connection' })
    .executeTakeFirstOrThrow()
  const queued = await dead
    .where('connection_id', 'is not', null)
    .set({ state: codeOf('queued'), held_until: null, held_for: null })
    .executeTakeFirstOrThrow()
  const dueNow = await trx
    .updateTable('deliveries')
    .set({ due_at: now })
    .where('id', 'in', dialect.amongIds('dlv', ids))
    .where('state', '=', stateLit('queued'))
    .where('due_at', '>', now)
    .executeTakeFirstOrThrow()
  return Number(held.numUpdatedRows + queued.numUpdatedRows + dueNow.numUpdatedRows)
}
