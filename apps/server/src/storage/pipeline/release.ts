import { sql } from 'kysely'
import { isAddressId } from '../../domain/address-id.ts'
import type { HeldFor } from '../../domain/delivery.ts'
import type { Clock, Millis } from '../../domain/time.ts'
import type { HeldDelivery, Released, ReleaseTransaction } from '../../pipeline/release.ts'
import { codeOf, stateLit } from '../delivery-states.ts'
import type { Columns, Dialect } from '../dialects/dialect.ts'
import { eventOf } from '../operations/delivery-rows.ts'
import { insertAll } from '../rows.ts'
import type { Trx } from '../schema.ts'
import { selectEvents, toEvent } from './event-store.ts'
import { DECISION_COLUMNS } from './plan-write.ts'
import { readStandings } from './standing.ts'

const held = stateLit('held')

/** Runs release transactions; `pipeline/release.ts` says what happens inside. */
export function createReleaseStore(dialect: Dialect, clock: Clock) {
  const { db } = dialect
  return {
    releasing: <T>(run: (tx: ReleaseTransaction) => Promise<T>): Promise<T> => db.transaction().execute((trx) => run(releaseTransaction(dialect, trx, clock))),

    async expire(limit: number): Promise<number> {
      const now = clock()
      const { rows } = await sql`with chosen as materialized (
          select id from deliveries where state = ${held} and expires_at <= ${now} order by expires_at limit ${limit} ${dialect.skipLocked})
        update deliveries set state = ${stateLit('expired')}, finished_at = ${now}, held_for = null, held_until = null,
          error_code = 'expired', error = 'It expired before it could be delivered'
        where id ${dialect.oneOf(sql`select id from chosen`)} and state = ${held} returning state`.execute(db)
      return rows.length
    },

    async nextHeld(): Promise<Millis | null> {
      const { rows } = await sql<{ at: Millis | null }>`select min(held_until) as at from deliveries where state = ${held}
        union all select min(expires_at) from deliveries where state = ${held} and expires_at is not null`.execute(db)
      const times = rows.flatMap(({ at }) => (at === null ? [] : [Number(at)]))
      return times.length === 0 ? null : Math.min(...times)
    },
  }
}

type Row = Omit<HeldDelivery, 'eventId' | 'destinationId' | 'heldFor' | 'heldUntil'> & {
  event_id: string
  destination_id: string
  held_for: HeldFor
  held_until: Millis | null
}

function releaseTransaction(dialect: Dialect, trx: Trx, clock: Clock): ReleaseTransaction {
  const columns = sql`${dialect.publicId('dlv', 'deliveries.id')} as id, ${eventOf(dialect)} as event_id, recipient, channel, destination_id, held_for, held_until`
  return {
    // `id` alone would be the public id of the result: then the index does not give the order, and every chunk sorts all that wait.
    async due(limit) {
      const { rows } = await sql<Row>`select ${columns}, null as provider from deliveries where state = ${held} and held_until <= ${clock()}
        order by held_until, channel, deliveries.id limit ${limit} ${dialect.skipLocked}`.execute(trx)
      return rows.map(toHeld)
    },

    // `held_until` is null in all of them; PostgreSQL does not know that, so it is named for the order of the index.
    async unconnected(channel, after, limit) {
      const { rows } = await sql<Row>`select ${columns}, (select d.provider from devices d where d.id = deliveries.destination_id) as provider
        from deliveries where state = ${held} and held_until is null and channel = ${channel}
        ${after === '' ? sql`` : sql`and deliveries.id > ${dialect.bytesOf('dlv', after)}`}
        order by held_until, deliveries.id limit ${limit} ${dialect.skipLocked}`.execute(trx)
      return rows.map(toHeld)
    },

    async events(ids) {
      const rows = await selectEvents(dialect, trx).where('events.id', 'in', dialect.amongIds('evt', ids)).execute()
      return new Map(rows.map((row) => [row.id, toEvent(row)]))
    },

    async standings(recipients, eventTypes) {
      const known = await trx
        .selectFrom('users')
        .select(['id', 'active'])
        .where('id', 'in', dialect.among(recipients.filter((id) => !isAddressId(id))))
        .execute()
      return readStandings(dialect, trx, { recipients, eventTypes, users: new Map(known.map((row) => [row.id, row])), stored: false })
    },

    async write(released) {
      const now = clock()
      await dialect.update(
        trx,
        'deliveries',
        COLUMNS,
        released.map((one) => ({ ...rowOf(one, now), id: one.delivery.id, state: codeOf(one.to) })),
        CHANGE,
      )
      const decisions = released.flatMap(({ delivery: { eventId, recipient, channel }, decision }) =>
        decision === null
          ? []
          : [{ event_id: eventId, recipient, channel, decision: decision.decision, reason: decision.reason, detail: decision.detail ?? '', at: now }],
      )
      await insertAll(dialect, trx, [{ table: 'decisions', columns: DECISION_COLUMNS, rows: decisions }])
    },
  }
}

const COLUMNS: Columns = {
  id: 'id',
  state: 'integer',
  due_at: 'integer',
  held_for: 'text',
  held_until: 'integer',
  connection_id: 'text',
  finished_at: 'integer',
  error_code: 'text',
  error: 'text',
}
const CHANGE = {
  set: `state = r.state, due_at = coalesce(r.due_at, deliveries.due_at), held_for = r.held_for, held_until = r.held_until, connection_id = r.connection_id, finished_at = r.finished_at,
    error_code = coalesce(r.error_code, deliveries.error_code), error = coalesce(r.error, deliveries.error)`,
  where: `deliveries.id = r.id and deliveries.state = ${codeOf('held')}`,
}

function rowOf(released: Released, now: Millis): Record<string, string | number | null> {
  const nothing = { due_at: now, held_for: null, held_until: null, connection_id: null, finished_at: null, error_code: null, error: null }
  switch (released.to) {
    case 'queued':
      return { ...nothing, due_at: released.dueAt, connection_id: released.connectionId }
    case 'held':
      return { ...nothing, held_for: released.heldFor, held_until: released.heldUntil }
    case 'suppressed':
      return { ...nothing, due_at: null, finished_at: now, error_code: released.reason, error: 'No longer wanted or possible when its hold ended' }
  }
}

const toHeld = ({ event_id, destination_id, held_for, held_until, ...row }: Row): HeldDelivery => ({
  ...row,
  eventId: event_id,
  destinationId: destination_id,
  heldFor: held_for,
  heldUntil: held_until,
})
