import { sql } from 'kysely'
import type { By } from '../../domain/by.ts'
import type { SendingHold } from '../../domain/sending-hold.ts'
import type { Clock, Millis } from '../../domain/time.ts'
import { audit } from '../audit.ts'
import { codeOf, stateList, stateLit } from '../delivery-states.ts'
import type { Dialect } from '../dialects/dialect.ts'
import type { Trx } from '../schema.ts'

const KEY = 'sending_hold'
/** Counted up to this number. */
const COUNTED = 100_000
/** Deliveries that one transaction looks at. */
const STEP = 2000

/** The hold of this database; null when sending is not held. */
export async function sendingHold({ reads }: Pick<Dialect, 'reads'>): Promise<SendingHold | null> {
  const row = await reads.selectFrom('settings').select('value').where('key', '=', KEY).executeTakeFirst()
  return row === undefined ? null : JSON.parse(row.value)
}

/** Holds sending from the moment in which the rows of the backup are visible. */
export async function holdSending(trx: Trx, hold: SendingHold): Promise<void> {
  await trx
    .insertInto('settings')
    .values({ key: KEY, value: JSON.stringify(hold) })
    .execute()
}

/** Deliveries that are sent once an operator confirms, now or when they are due, at most `COUNTED`; `since`: when the oldest of them was due. */
export async function waitingForConfirmation({ reads }: Pick<Dialect, 'reads'>): Promise<{ count: number; since: Millis | null }> {
  const { rows } = await sql<{ n: number; since: Millis | null }>`select count(*) as n, min(due_at) as since
    from (select due_at from deliveries where state = ${stateLit('queued')} limit ${sql.lit(COUNTED)}) as waiting`.execute(reads)
  return { count: Number(rows[0]?.n ?? 0), since: rows[0]?.since ?? null }
}

/** Events that were accepted before a time, are due and have no decisions yet: their deliveries are still to come. */
export async function unplannedBefore({ reads }: Pick<Dialect, 'reads'>, before: Millis, now: Millis): Promise<number> {
  const { n } = await reads
    .selectFrom('events')
    .select((row) => row.fn.countAll<number>().as('n'))
    .where('state', 'in', ['accepted', 'scheduled'])
    .where('accepted_at', '<', before)
    .where((eb) => eb.or([eb('send_at', 'is', null), eb('send_at', '<=', now)]))
    .executeTakeFirstOrThrow()
  return Number(n)
}

/**
 * Cancels what is due and belongs to events that were accepted before a time; returns how many. What becomes due later was not sent by anybody
 * and stays. In steps, and a second call goes on where the first was interrupted.
 */
export async function discardBefore(dialect: Dialect, before: Millis, clock: Clock): Promise<number> {
  const now = clock()
  let cancelled = 0
  for (let after: string | null = null; ; ) {
    const step: { last: string | undefined; changed: number } = await dialect.db.transaction().execute(async (trx) => {
      const beyond = after === null ? sql<boolean>`true` : sql<boolean>`deliveries.id > ${dialect.bytesOf('dlv', after)}`
      const rows = await trx
        .selectFrom('deliveries')
        .select(dialect.publicId('dlv', 'deliveries.id').as('id'))
        .where(beyond)
        .where(
          sql<boolean>`((state = ${stateLit('queued')} and due_at <= ${now}) or (state = ${stateLit('held')} and (held_until is null or held_until <= ${now})))`,
        )
        .orderBy('deliveries.id')
        .limit(STEP)
        .execute()
      const ids = rows.map(({ id }) => id)
      const { numUpdatedRows } = await trx
        .updateTable('deliveries')
        .set({
          state: codeOf('cancelled'),
          finished_at: now,
          held_for: null,
          held_until: null,
          error_code: 'discarded',
          error: 'Discarded by an operator after a restore: it may have been sent before',
        })
        .where('id', 'in', dialect.amongIds('dlv', ids))
        .where('state', 'in', stateList('queued', 'held'))
        .where('event', 'in', trx.selectFrom('events').select('events.n').where('accepted_at', '<', before))
        .executeTakeFirstOrThrow()
      return { last: ids.length < STEP ? undefined : ids.at(-1), changed: Number(numUpdatedRows) }
    })
    cancelled += step.changed
    if (step.last === undefined) return cancelled
    after = step.last
  }
}

/** Ends the hold, if there is one. */
export const confirmSending = (dialect: Dialect, by: By, discarded: number, at: Millis): Promise<void> =>
  dialect.db.transaction().execute(async (trx) => {
    const { numDeletedRows } = await trx.deleteFrom('settings').where('key', '=', KEY).executeTakeFirstOrThrow()
    if (numDeletedRows > 0n) await audit(trx, { ...by, action: 'sending.released', target: 'sending', detail: { discarded }, at })
  })
