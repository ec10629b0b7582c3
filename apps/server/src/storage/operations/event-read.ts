import { sql } from 'kysely'
import { fromSet } from '../../domain/decision-set.ts'
import type { EventState } from '../../domain/event.ts'
import { paged, type Rows } from '../../domain/page.ts'
import type { EventQuery, NotificationRow, StoredEvent } from '../../domain/stored.ts'
import type { Clock } from '../../domain/time.ts'
import { CarillonError } from '../../errors.ts'
import type { Dialect } from '../dialects/dialect.ts'
import { toEvent } from '../pipeline/event-store.ts'
import { madeIn } from './made-in.ts'
import { createTrace } from './trace-read.ts'

const CANCELLED = 'carillon_cancelled'

/** Hears of cancelled events on every node, so that none sends what it has in memory. Returns a function that stops it. */
export const onCancelled = (dialect: Dialect, heard: (eventId: string) => void): (() => void) => dialect.listen(CANCELLED, heard)

/** Notifications shown with one event; the list of deliveries has a route of its own. */
const SHOWN = 200

/** Reads events and their traces, and makes the one change that an event allows: its cancellation. */
export function createEventReader(dialect: Dialect, clock: Clock) {
  const { db } = dialect

  return {
    /** Newest first. */
    async events({ limit, after, type, state, user, ...period }: EventQuery): Promise<Rows<StoredEvent>> {
      let query = db
        .selectFrom('events')
        .selectAll()
        .orderBy('id', 'desc')
        .limit(limit + 1)
      if (after !== null) query = query.where('id', '<', after)
      if (type !== undefined) query = query.where('type', '=', type)
      if (state !== undefined) query = query.where('state', '=', state)
      for (const bound of madeIn('evt', { id: sql.ref('id'), at: sql.ref('accepted_at') }, period)) query = query.where(bound)
      if (user !== undefined) query = query.where('id', 'in', db.selectFrom('notifications').select('event_id').where('user_id', '=', user))
      const { rows, next } = paged(await query.execute(), limit, ({ id }) => id)
      return { rows: rows.map((row) => ({ ...toEvent(row), state: row.state as EventState })), next }
    },

    async event(id: string): Promise<{ event: StoredEvent; notifications: NotificationRow[] } | null> {
      const row = await db.selectFrom('events').selectAll().where('id', '=', id).executeTakeFirst()
      if (row === undefined) return null
      const notifications = await db
        .selectFrom('notifications')
        .select(['id', 'user_id', 'visible', 'created_at', 'read_at'])
        .where('event_id', '=', id)
        .orderBy('user_id')
        .limit(SHOWN)
        .execute()
      return {
        event: { ...toEvent(row), state: row.state as EventState },
        notifications: notifications.map((one) => ({
          id: one.id,
          userId: one.user_id,
          visible: one.visible === 1,
          createdAt: one.created_at,
          readAt: one.read_at,
        })),
      }
    },

    trace: createTrace(dialect),

    /**
     * No unsent delivery will be sent; one that is in flight may be. Those that a process has in hand and has not started end when it gives them
     * back, which this asks of every node. Throws `not_found` or `not_cancellable`.
     */
    cancel: (eventId: string): Promise<void> =>
      db.transaction().execute(async (trx) => {
        const row = await trx.selectFrom('events').select('state').where('id', '=', eventId).modifyEnd(dialect.locked).executeTakeFirst()
        if (row === undefined) throw new CarillonError('not_found')
        const { numUpdatedRows } = await trx
          .updateTable('deliveries')
          .set({ state: 'cancelled', finished_at: clock(), held_for: null, held_until: null })
          .where('event_id', '=', eventId)
          .where('state', 'in', ['queued', 'held'])
          .executeTakeFirstOrThrow()
        const inHand = await trx.selectFrom('deliveries').select('id').where('event_id', '=', eventId).where('state', '=', 'sending').executeTakeFirst()
        const isOver = Number(numUpdatedRows) === 0 && inHand === undefined
        if (row.state === 'cancelled' || (row.state === 'planned' && isOver)) throw new CarillonError('not_cancellable')
        await trx.updateTable('events').set({ state: 'cancelled' }).where('id', '=', eventId).execute()
        await dialect.notify(trx, CANCELLED, eventId)
      }),

    /** How many deliveries of an event were cancelled. */
    async cancelled(eventId: string): Promise<number> {
      const { count } = await db
        .selectFrom('deliveries')
        .select((row) => row.fn.countAll<number>().as('count'))
        .where('event_id', '=', eventId)
        .where('state', '=', 'cancelled')
        .executeTakeFirstOrThrow()
      return Number(count)
    },

    /** Deletes the secrets of events without deliveries to come: cancelled, sent to nobody, or ended while no process ran. Returns how many. */
    async forgetSecrets(limit = 500): Promise<number> {
      const done = db
        .selectFrom('events')
        .select('events.id')
        .where('sensitive', 'is not', null)
        .where('state', 'in', ['planned', 'cancelled', 'failed'])
        .where(({ not, exists, selectFrom }) =>
          not(
            exists(selectFrom('deliveries as d').select('d.id').whereRef('d.event_id', '=', 'events.id').where('d.state', 'in', ['held', 'queued', 'sending'])),
          ),
        )
        .limit(limit)
      const { numUpdatedRows } = await db.updateTable('events').set({ sensitive: null }).where('id', 'in', done).executeTakeFirstOrThrow()
      return Number(numUpdatedRows)
    },

    /** Of these topics, those that do not exist. */
    async unknownTopics(keys: string[]): Promise<Set<string>> {
      const known = new Set((await dialect.reads.selectFrom('topics').select('key').where('key', 'in', dialect.among(keys)).execute()).map(({ key }) => key))
      return new Set(keys.filter((key) => !known.has(key)))
    },

    /** Every planned delivery is in exactly one known state, and every recipient has its decisions: the check of the chaos tests and of `doctor`. */
    async reconcile(): Promise<{ problem: string; count: number }[]> {
      const checks: [string, ReturnType<typeof sql<{ n: number }>>][] = [
        ['deliveries without an event', sql`select count(*) as n from deliveries d where not exists (select 1 from events e where e.id = d.event_id)`],
        ['notifications without an event', sql`select count(*) as n from notifications x where not exists (select 1 from events e where e.id = x.event_id)`],
        [
          'notifications without decisions',
          sql`select count(*) as n from notifications x where not exists (select 1 from decision_sets s where s.id = x.decision_set)`,
        ],
        [
          'deliveries in an unknown state',
          sql`select count(*) as n from deliveries where state not in ('held','queued','sending','sent','delivered','bounced','complained','failed','merged','suppressed','cancelled','expired','logged')`,
        ],
        [
          'ended deliveries without an attempt or reason',
          sql`select count(*) as n from deliveries d where d.state in ('sent','logged') and not exists (select 1 from attempts a where a.delivery_id = d.id)`,
        ],
        ['failed deliveries without a reason', sql`select count(*) as n from deliveries where state = 'failed' and error_code is null`],
        [
          'deliveries of users without a notification',
          sql`select count(*) as n from deliveries d where d.notification_id is not null and not exists (select 1 from notifications x where x.id = d.notification_id)`,
        ],
        [
          'held deliveries without a reason, or with a time that does not fit it',
          sql`select count(*) as n from deliveries where state = 'held'
            and (held_for is null or held_for not in ('quiet_hours', 'digest', 'rate_limit', 'no_connection') or (held_for = 'no_connection') <> (held_until is null))`,
        ],
        [
          'deliveries that are not held and say until when',
          sql`select count(*) as n from deliveries where state <> 'held' and (held_for is not null or held_until is not null)`,
        ],
        ['merged deliveries that do not say in what', sql`select count(*) as n from deliveries where (state = 'merged') <> (merged_into is not null)`],
        ['leases long expired', sql`select count(*) as n from deliveries where state = 'sending' and leased_until < ${clock() - 600_000}`],
        [
          'planned events with fewer deliveries than decisions to deliver or hold',
          sql`select count(*) as n from decisions x where x.decision in ('deliver', 'hold') and not exists (
            select 1 from deliveries d where d.event_id = x.event_id and d.recipient = x.recipient and d.channel = x.channel)`,
        ],
      ]
      const problems: { problem: string; count: number }[] = []
      for (const [problem, query] of checks) {
        const { rows } = await query.execute(db)
        if (rows[0]!.n > 0) problems.push({ problem, count: rows[0]!.n })
      }
      // The sets: on how many channels each promises a delivery (or one for each device), compared with the channels that have one.
      const promised = await db
        .selectFrom('notifications as n')
        .innerJoin('decision_sets as s', 's.id', 'n.decision_set')
        .select([
          's.body',
          sql<number>`count(*)`.as('people'),
          sql<number>`sum((select count(distinct d.channel) from deliveries d where d.event_id = n.event_id and d.recipient = n.user_id))`.as('deliveries'),
        ])
        .groupBy('s.body')
        .execute()
      for (const { body, people, deliveries } of promised) {
        const each = fromSet(body).filter(({ channel, decision }) => channel !== 'in_app' && decision !== 'skip').length
        const want = each * people
        if (want !== Number(deliveries)) problems.push({ problem: `decisions "${body}" promise ${want} deliveries`, count: Number(deliveries) })
      }
      return problems
    },
  }
}
