import { type RawBuilder, type Selectable, sql } from 'kysely'
import type { By } from '../../domain/by.ts'
import type { DeliveryState } from '../../domain/delivery.ts'
import { type Period, paged, type Rows, type Slice } from '../../domain/page.ts'
import type { Clock, Millis } from '../../domain/time.ts'
import { CarillonError } from '../../errors.ts'
import { audit } from '../audit.ts'
import type { Dialect } from '../dialects/dialect.ts'
import type { AttemptsTable, DeliveriesTable, Trx } from '../schema.ts'
import { madeIn } from './made-in.ts'

/** Absent members ask for all; the period is that of planning. */
export interface DeliveryFilter extends Period {
  status?: DeliveryState
  event?: string
  user?: string
  /** User id, `adr_…` or `con_…`. */
  recipient?: string
  channel?: string
  connection?: string
}

/** A delivery, and the block or pause of its target; null = none. */
export type DeliveryRow = Selectable<DeliveriesTable> & { closed: { by: 'connection_blocked' | 'destination_blocked'; until: Millis } | null }

type Closed = 'connection_blocked' | 'connection_paused' | 'destination_blocked' | 'destination_paused'
type Joined = Selectable<DeliveriesTable> & Record<Closed, number | null>

/** The states that ended unsent. The causes are checked again when the attempt begins. */
const ENDED = ['failed', 'expired', 'cancelled', 'suppressed'] as const
/** How many deliveries one bulk retry may put back. */
const MAX_BULK = 10_000

/** Deliveries as operators see them: reading, and putting dead ones back. */
export function createDeliveryAdmin(dialect: Dialect, clock: Clock) {
  const { db, reads } = dialect

  const rows = (from: typeof db) =>
    from
      .selectFrom('deliveries')
      .leftJoin('target_health as c', 'c.target', 'deliveries.connection_id')
      .leftJoin('target_health as d', 'd.target', 'deliveries.destination_id')
      .selectAll('deliveries')
      .select([
        'c.blocked_until as connection_blocked',
        'c.paused_until as connection_paused',
        'd.blocked_until as destination_blocked',
        'd.paused_until as destination_paused',
      ])

  const toRow = ({ connection_blocked, connection_paused, destination_blocked, destination_paused, ...row }: Joined): DeliveryRow => {
    const connection = Math.max(connection_blocked ?? 0, connection_paused ?? 0)
    const destination = Math.max(destination_blocked ?? 0, destination_paused ?? 0)
    const until = Math.max(connection, destination)
    return { ...row, closed: until > clock() ? { by: destination > connection ? 'destination_blocked' : 'connection_blocked', until } : null }
  }

  return {
    async list(filter: DeliveryFilter, { limit, after }: Slice): Promise<Rows<DeliveryRow>> {
      let query = rows(reads)
        .orderBy('deliveries.id', 'desc')
        .limit(limit + 1)
      if (after !== null) query = query.where('deliveries.id', '<', after)
      if (filter.status !== undefined) query = query.where(shownAs(filter.status, clock()))
      for (const condition of those(filter)) query = query.where(condition)
      return paged((await query.execute()).map(toRow), limit, ({ id }) => id)
    },
    async get(id: string): Promise<{ row: DeliveryRow; attempts: AttemptsTable[] } | null> {
      const row = await rows(db).where('deliveries.id', '=', id).executeTakeFirst()
      if (row === undefined) return null
      const attempts = await db.selectFrom('attempts').selectAll().where('delivery_id', '=', id).orderBy('n').orderBy('at').execute()
      // Two connections may be tried in one millisecond; the try that failed over came first.
      attempts.sort((a, b) => a.n - b.n || a.at - b.at || Number(b.outcome === 'failover') - Number(a.outcome === 'failover'))
      return { row: toRow(row), attempts }
    },
    /** Returns false when there is no such delivery; throws `not_retryable`. */
    retry: (id: string, by: By): Promise<boolean> =>
      db.transaction().execute(async (trx) => {
        const row = await trx.selectFrom('deliveries').select('state').where('id', '=', id).executeTakeFirst()
        if (row === undefined) return false
        if ((await putBack(dialect, trx, [id], clock())) === 0)
          throw new CarillonError('not_retryable', {
            detail: `The delivery is ${row.state}${row.state === 'queued' ? ' and due' : ''}; only failed, expired, cancelled and suppressed ones can be retried, and queued ones that wait for their next attempt.`,
          })
        await audit(trx, { ...by, action: 'delivery.retried', target: id, at: clock() })
        return true
      }),
    /** Puts back at most `MAX_BULK` deliveries, oldest first; a dry run only counts them. */
    retryAll: ({ status, ...filter }: DeliveryFilter, dryRun: boolean, by: By): Promise<number> =>
      db.transaction().execute(async (trx) => {
        let query = trx
          .selectFrom('deliveries')
          .select('id')
          .where('state', '=', status ?? 'failed')
          .orderBy('id')
          .limit(MAX_BULK)
        if (status === 'queued') query = query.where('due_at', '>', clock())
        for (const condition of those(filter)) query = query.where(condition)
        const ids = (await query.execute()).map(({ id }) => id)
        if (dryRun || ids.length === 0) return ids.length
        const count = await putBack(dialect, trx, ids, clock())
        await audit(trx, { ...by, action: 'delivery.retried', target: 'bulk', detail: { count, status: status ?? 'failed' }, at: clock() })
        return count
      }),
  }
}

export type DeliveryAdmin = ReturnType<typeof createDeliveryAdmin>

/** The conditions of a filter, apart from the state. */
function those({ event, user, recipient, channel, connection, ...period }: Omit<DeliveryFilter, 'status'>): RawBuilder<boolean>[] {
  const equal = { event_id: [event], recipient: [user, recipient], channel: [channel], connection_id: [connection] }
  return [
    ...Object.entries(equal).flatMap(([column, values]) =>
      values.flatMap((value) => (value === undefined ? [] : [sql<boolean>`${sql.ref(`deliveries.${column}`)} = ${value}`])),
    ),
    ...madeIn('dlv', { id: sql.ref('deliveries.id'), at: sql.ref('deliveries.created_at') }, period),
  ]
}

/** Whether a delivery is shown in a state: a queued one whose target is closed is shown as held (`present.ts`). */
function shownAs(status: DeliveryState, now: Millis) {
  if (status !== 'queued' && status !== 'held') return sql<boolean>`deliveries.state = ${sql.lit(status)}`
  const closed = sql`select target from target_health where blocked_until > ${now} or paused_until > ${now}`
  const waits = sql`(deliveries.connection_id in (${closed}) or deliveries.destination_id in (${closed}))`
  return status === 'held'
    ? sql<boolean>`(deliveries.state = 'held' or (deliveries.state = 'queued' and ${waits}))`
    : sql<boolean>`(deliveries.state = 'queued' and coalesce(not ${waits}, true))`
}

/**
 * Makes deliveries due now. An ended one begins a new round of attempts, and the old attempts stay readable. One that never had a connection
 * waits until it gets one. One that waits for its next attempt is due at once.
 */
async function putBack(dialect: Dialect, trx: Trx, ids: string[], now: number): Promise<number> {
  const dead = trx
    .updateTable('deliveries')
    .set((eb) => ({
      due_at: now,
      crashes: 0,
      attempts_before: eb.ref('attempts'),
      finished_at: null,
      leased_until: null,
      lease_owner: null,
      error_code: null,
      error: null,
      expires_at: eb.case().when('expires_at', '<=', now).then(null).else(eb.ref('expires_at')).end(),
    }))
    .where('id', 'in', dialect.among(ids))
    .where('state', 'in', ENDED)
  const held = await dead.where('connection_id', 'is', null).set({ state: 'held', held_until: null, held_for: 'no_connection' }).executeTakeFirstOrThrow()
  const queued = await dead.where('connection_id', 'is not', null).set({ state: 'queued', held_until: null, held_for: null }).executeTakeFirstOrThrow()
  const dueNow = await trx
    .updateTable('deliveries')
    .set({ due_at: now })
    .where('id', 'in', dialect.among(ids))
    .where('state', '=', sql.lit('queued'))
    .where('due_at', '>', now)
    .executeTakeFirstOrThrow()
  return Number(held.numUpdatedRows + queued.numUpdatedRows + dueNow.numUpdatedRows)
}
