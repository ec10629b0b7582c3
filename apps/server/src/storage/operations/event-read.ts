import { sql } from 'kysely'
import type { EventState } from '../../domain/event.ts'
import { paged, type Rows } from '../../domain/page.ts'
import type { EventQuery, NotificationRow, StoredEvent } from '../../domain/stored.ts'
import type { Clock } from '../../domain/time.ts'
import { CarillonError } from '../../errors.ts'
import { afterConflict } from '../after-conflict.ts'
import { codeOf, stateList } from '../delivery-states.ts'
import type { Dialect } from '../dialects/dialect.ts'
import { callOff, tellCalledOff } from '../pipeline/call-off.ts'
import { selectEvents, toEvent } from '../pipeline/event-store.ts'
import { eventNumber } from './delivery-rows.ts'
import { madeIn } from './made-in.ts'
import { reconcile } from './reconcile.ts'
import { createTrace } from './trace-read.ts'

/** Notifications shown with one event; the list of deliveries has a route of its own. */
const SHOWN = 200

/** Reads events and their traces, and makes the one change that an event allows: its cancellation. */
export function createEventReader(dialect: Dialect, clock: Clock) {
  const { db } = dialect

  return {
    /** Newest first. */
    async events({ limit, after, type, state, user, ...period }: EventQuery): Promise<Rows<StoredEvent>> {
      let query = selectEvents(dialect, db)
        .orderBy('events.id', 'desc')
        .limit(limit + 1)
      if (after !== null) query = query.where('events.id', '<', dialect.bytesOf('evt', after))
      if (type !== undefined) query = query.where('type', '=', type)
      if (state !== undefined) query = query.where('state', '=', state)
      const made = { id: sql.ref('events.id'), at: sql.ref('accepted_at'), stored: (floor: string) => dialect.bytesOf('evt', floor) }
      for (const bound of madeIn('evt', made, period)) query = query.where(bound)
      if (user !== undefined) query = query.where('events.n', 'in', db.selectFrom('notifications').select('event').where('user_id', '=', user))
      const { rows, next } = paged(await query.execute(), limit, ({ id }) => id)
      return { rows: rows.map((row) => ({ ...toEvent(row), state: row.state as EventState })), next }
    },

    async event(id: string): Promise<{ event: StoredEvent; notifications: NotificationRow[] } | null> {
      const row = await selectEvents(dialect, db).where('events.id', '=', dialect.bytesOf('evt', id)).executeTakeFirst()
      if (row === undefined) return null
      const notifications = await db
        .selectFrom('notifications')
        .select([dialect.publicId('ntf', 'id').as('public_id'), 'user_id', 'visible', 'created_at', 'read_at'])
        .where('event', '=', row.n)
        .orderBy('user_id')
        .limit(SHOWN)
        .execute()
      return {
        event: { ...toEvent(row), state: row.state as EventState },
        notifications: notifications.map((one) => ({
          id: one.public_id,
          userId: one.user_id,
          visible: one.visible === 1,
          createdAt: one.created_at,
          readAt: one.read_at,
        })),
      }
    },

    trace: createTrace(dialect),

    /**
     * No unsent delivery will be sent; one that is in flight may be, and is not tried again. Those that a process has in hand and has not started end
     * when it gives them back, which this asks of every node. Throws `not_found` or `not_cancellable`.
     */
    cancel: (eventId: string): Promise<void> =>
      afterConflict(() =>
        db.transaction().execute(async (trx) => {
          const row = await trx
            .selectFrom('events')
            .select(['n', 'state'])
            .where('id', '=', dialect.bytesOf('evt', eventId))
            .modifyEnd(dialect.locked)
            .executeTakeFirst()
          if (row === undefined) throw new CarillonError('not_found')
          const { count } = await callOff(dialect, trx, sql<boolean>`event = ${row.n}`, clock())
          // A person may have asked again for deliveries of a cancelled event.
          if (count === 0 && (row.state === 'cancelled' || row.state === 'planned')) throw new CarillonError('not_cancellable')
          await trx.updateTable('events').set({ state: 'cancelled' }).where('n', '=', row.n).execute()
          await tellCalledOff(dialect, trx, [eventId])
        }),
      ),

    /** How many deliveries of an event were cancelled. */
    async cancelled(eventId: string): Promise<number> {
      const { count } = await db
        .selectFrom('deliveries')
        .select((row) => row.fn.countAll<number>().as('count'))
        .where('event', '=', eventNumber(dialect, eventId))
        .where('state', '=', codeOf('cancelled'))
        .executeTakeFirstOrThrow()
      return Number(count)
    },

    /** Deletes the secrets of events without deliveries to come: cancelled, sent to nobody, or ended while no process ran. Returns how many. */
    async forgetSecrets(limit = 500): Promise<number> {
      const done = db
        .selectFrom('events')
        .select('events.n')
        .where('sensitive', 'is not', null)
        .where('state', 'in', ['planned', 'cancelled', 'failed'])
        .where(({ not, exists, selectFrom }) =>
          not(
            exists(
              selectFrom('deliveries as d')
                .select('d.id')
                .whereRef('d.event', '=', 'events.n')
                .where('d.state', 'in', stateList('held', 'queued', 'sending')),
            ),
          ),
        )
        .limit(limit)
      const { numUpdatedRows } = await db.updateTable('events').set({ sensitive: null }).where('n', 'in', done).executeTakeFirstOrThrow()
      return Number(numUpdatedRows)
    },

    /** Of these topics, those that do not exist. */
    async unknownTopics(keys: string[]): Promise<Set<string>> {
      const known = new Set((await dialect.reads.selectFrom('topics').select('key').where('key', 'in', dialect.among(keys)).execute()).map(({ key }) => key))
      return new Set(keys.filter((key) => !known.has(key)))
    },

    reconcile: () => reconcile(dialect, clock()),
  }
}
