import { type RawBuilder, sql } from 'kysely'
import type { Millis } from '../../domain/time.ts'
import { codeOf, type StateCode, stateList, stateLit, stateOf } from '../delivery-states.ts'
import { type Dialect, MAX_PAYLOAD } from '../dialects/dialect.ts'
import { eventOf } from '../operations/delivery-rows.ts'
import type { Trx } from '../schema.ts'

const CHANNEL = 'carillon_called_off'

export interface CalledOff {
  /** Deliveries that had not ended. */
  count: number
  /** Events of those that a process has in hand. */
  inHand: string[]
}

/**
 * Ends the unsent deliveries that fit, because their event was cancelled or their user deleted. One that a process has in hand is marked
 * (`cancelled_at`): it ends as soon as it would go back to the queue, whoever puts it back. So is a failed one, which may be taken for its connection's
 * fault later. A person who asks for a delivery again takes the mark away.
 *
 * On PostgreSQL a statement that waited for a row goes by the newest version of it. So it does not matter whether a delivery is marked or goes back first.
 * What waits ends first: none of it can be claimed afterwards. Deliveries in hand are locked in the order of their ids, and `recordOutcomes` hands its rows
 * over in this order. The server may read them in another one, so callers run their transaction again after a conflict.
 */
export async function callOff(dialect: Dialect, trx: Trx, which: RawBuilder<boolean>, now: Millis): Promise<CalledOff> {
  const waiting = await trx
    .updateTable('deliveries')
    .set({ state: codeOf('cancelled'), cancelled_at: now, finished_at: now, held_for: null, held_until: null })
    .where(which)
    .where('state', 'in', WAITING)
    .executeTakeFirstOrThrow()
  const { rows } = await sql<{ state: StateCode; event: string }>`with chosen as materialized (
      select id from deliveries where ${which} and state in ${stateList('queued', 'held', 'sending', 'failed')} and cancelled_at is null
      order by id ${dialect.locked})
    update deliveries set cancelled_at = ${now}, held_for = null, held_until = null,
      finished_at = case when state in ${WAITING} then ${now} else finished_at end,
      state = case when state in ${WAITING} then ${stateLit('cancelled')} else state end
    where id ${dialect.oneOf(sql`select id from chosen`)} and state in ${stateList('queued', 'held', 'sending', 'failed')}
    returning state, ${eventOf(dialect)} as event`.execute(trx)
  const open = rows.filter(({ state }) => stateOf(state) !== 'failed')
  const inHand = open.filter(({ state }) => stateOf(state) === 'sending')
  return { count: Number(waiting.numUpdatedRows) + open.length, inHand: [...new Set(inHand.map(({ event }) => event))] }
}

const WAITING = stateList('queued', 'held')

/** In the transaction: asks every node to give back what it has in memory of these events and has not started. */
export async function tellCalledOff(dialect: Dialect, trx: Trx, events: readonly string[]): Promise<void> {
  if (events.length === 0) return
  const payload = events.join(' ')
  await dialect.notify(trx, CHANNEL, payload.length > MAX_PAYLOAD ? ALL : payload)
}

const ALL = ''

/** Hears of deliveries that were called off. `all`: which, is not known, because they are many or a notification was lost. Returns a function that stops it. */
export const onCalledOff = (dialect: Dialect, heard: { event(id: string): void; all(): void }): (() => void) =>
  dialect.listen(
    CHANNEL,
    (payload) => {
      if (payload === ALL) heard.all()
      else for (const id of payload.split(' ')) heard.event(id)
    },
    heard.all,
  )

/** Of these deliveries, those that were called off. */
export async function calledOffAmong({ db, amongIds, publicId }: Dialect, ids: readonly string[]): Promise<Set<string>> {
  const rows = await db
    .selectFrom('deliveries')
    .select(publicId('dlv', 'deliveries.id').as('public_id'))
    .where('id', 'in', amongIds('dlv', ids))
    .where('cancelled_at', 'is not', null)
    .execute()
  return new Set(rows.map(({ public_id }) => public_id))
}

/**
 * What a statement sets that puts deliveries back which are leased. One that was called off ends instead. A leased row has no `finished_at`, and one that
 * was not called off has no `cancelled_at`.
 */
export const BACK = sql`state = case when cancelled_at is null then ${stateLit('queued')} else ${stateLit('cancelled')} end, finished_at = cancelled_at, owner = null`
