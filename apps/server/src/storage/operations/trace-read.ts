import { type RawBuilder, sql } from 'kysely'
import { type Decision, heldUntil } from '../../domain/decision.ts'
import { fromSet } from '../../domain/decision-set.ts'
import type { Rows } from '../../domain/page.ts'
import type { RecordedDecision, TraceFilter, TraceQuery } from '../../domain/stored.ts'
import type { Millis } from '../../domain/time.ts'
import { isAskedFor } from '../../domain/trace.ts'
import { stateLit } from '../delivery-states.ts'
import type { Dialect } from '../dialects/dialect.ts'

/** Reads the decisions of one event. */
export function createTrace(dialect: Dialect) {
  const { db } = dialect

  /** Until when the deliveries of these notifications are held: `<user> <channel>` -> time. A later release is a decision of its own. */
  async function holdsOf(notifications: readonly number[]): Promise<Map<string, Millis>> {
    if (notifications.length === 0) return new Map()
    const held = dialect.table(
      notifications.map((n) => ({ n })),
      { n: 'integer' },
      'r',
    )
    const rows = await db
      .selectFrom('deliveries')
      .select(['recipient', 'channel', 'held_until'])
      .where(sql<boolean>`notification in (select r.n from ${held})`)
      .where('state', '=', stateLit('held'))
      .execute()
    return new Map(rows.flatMap(({ recipient, channel, held_until }) => (held_until === null ? [] : [[`${recipient} ${channel}`, held_until]])))
  }

  /** The interned sets of users, at most one more than `limit`. */
  function setsOf(event: number, { limit, after, ...filter }: TraceQuery) {
    let query = db
      .selectFrom('notifications as n')
      .innerJoin('decision_sets as s', 's.id', 'n.decision_set')
      .select(['n.n', 'n.user_id as recipient', 's.body', 'n.created_at as at'])
      .where('n.event', '=', event)
      .where('n.user_id', '>', after ?? '')
      .orderBy('n.user_id')
      .limit(limit + 1)
    for (const who of [filter.recipient, filter.user]) if (who !== undefined) query = query.where('n.user_id', '=', who)
    const parts = partsOf(filter)
    if (parts.length > 0) query = query.where(({ or }) => or(parts.map((part) => contains(sql.ref('s.body'), part))))
    return query.execute()
  }

  /** The rows of recipients without a set and of later decisions: all that are asked for of at most one recipient more than `limit`. */
  function rowsOf(eventId: string, { limit, after, recipient, user, channel, decision, reason }: TraceQuery) {
    let asked = db.selectFrom('decisions').where('event_id', '=', dialect.bytesOf('evt', eventId))
    for (const who of [recipient, user]) if (who !== undefined) asked = asked.where('recipient', '=', who)
    if (channel !== undefined) asked = asked.where('channel', 'in', [channel, ''])
    if (decision !== undefined) asked = asked.where('decision', '=', decision)
    if (reason !== undefined) asked = asked.where('reason', '=', reason)
    const those = asked
      .select('recipient')
      .distinct()
      .where('recipient', '>', after ?? '')
      .orderBy('recipient')
      .limit(limit + 1)
    return asked
      .select(['recipient', 'channel', 'decision', 'reason', 'detail', 'at'])
      .where('recipient', 'in', those)
      .orderBy('recipient')
      .orderBy('at')
      .orderBy('channel')
      .orderBy('detail')
      .execute()
  }

  /**
   * The decisions of an event that are asked for, by recipient: the interned set of each notification, and the rows for recipients without one
   * and for later changes. Null when there is no such event. The page is cut between recipients, never inside one; `limit` counts recipients
   * with a decision that is asked for.
   */
  return async (eventId: string, query: TraceQuery): Promise<Rows<RecordedDecision> | null> => {
    const event = await db.selectFrom('events').select('n').where('id', '=', dialect.bytesOf('evt', eventId)).executeTakeFirst()
    if (event === undefined) return null
    const byRecipient = new Map<string, RecordedDecision[]>()
    const add = (one: RecordedDecision) => {
      if (isAskedFor(one, query)) byRecipient.set(one.recipient, [...(byRecipient.get(one.recipient) ?? []), one])
    }
    const planned = await setsOf(event.n, query)
    const holds = await holdsOf(planned.flatMap(({ n, body }) => (body.includes('=hold:') ? [n] : [])))
    for (const { recipient, body, at } of planned)
      for (const decision of fromSet(body)) {
        const until = decision.decision === 'hold' ? holds.get(`${recipient} ${decision.channel}`) : undefined
        add({ recipient, ...decision, ...(until !== undefined && { detail: heldUntil(until) }), at })
      }
    for (const row of await rowsOf(eventId, query))
      add({
        recipient: row.recipient,
        channel: row.channel === '' ? null : row.channel,
        decision: row.decision as Decision['decision'],
        reason: row.reason as Decision['reason'],
        ...(row.recipient.startsWith('con_') ? { connection: row.recipient } : {}),
        ...(row.detail === '' ? {} : { detail: row.detail }),
        at: row.at,
      })
    const order = [...byRecipient.keys()].sort((a, b) => (a < b ? -1 : 1))
    const shown = order.slice(0, query.limit)
    return { rows: shown.flatMap((who) => byRecipient.get(who)!), next: order.length > query.limit ? shown.at(-1)! : null }
  }
}

/** The parts of a set of which it must contain one; none when every set is asked for. See `toSet` for the form. */
function partsOf({ channel, decision, reason }: TraceFilter): string[] {
  if (channel === undefined && decision === undefined && reason === undefined) return []
  if (decision === undefined && channel === undefined) return [`:${reason} `]
  const begin = channel === undefined ? '=' : ` ${channel}=`
  if (decision === undefined && reason === undefined) return [begin]
  const decisions = decision === undefined ? DECISIONS : [decision]
  return decisions.map((one) => `${begin}${one}:${reason === undefined ? '' : `${reason} `}`)
}
const DECISIONS: readonly Decision['decision'][] = ['deliver', 'hold', 'skip']

/** With the case of letters, which LIKE of SQLite ignores, and without characters that mean something. */
const contains = (set: RawBuilder<unknown>, part: string): RawBuilder<boolean> =>
  sql<boolean>`replace(' ' || ${set} || ' ', ${part}, '') <> ' ' || ${set} || ' '`
