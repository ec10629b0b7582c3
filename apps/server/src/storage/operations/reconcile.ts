import { sql } from 'kysely'
import { fromSet } from '../../domain/decision-set.ts'
import { DELIVERY_STATES } from '../../domain/delivery.ts'
import { MINUTE, type Millis } from '../../domain/time.ts'
import { stateList, stateLit } from '../delivery-states.ts'
import type { Dialect } from '../dialects/dialect.ts'

export interface Problem {
  problem: string
  count: number
}

/** A process that has not renewed its lease for so long has lost what it had in hand to others long ago, if there are others. */
const LONG_EXPIRED = 10 * MINUTE

/** Every planned delivery is in exactly one known state, and every recipient has its decisions: the check of the chaos tests and of `doctor`. */
export async function reconcile({ db }: Dialect, now: Millis): Promise<Problem[]> {
  const problems: Problem[] = []
  for (const [problem, query] of checks(now)) {
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
      sql<number>`sum((select count(distinct d.channel) from deliveries d where d.notification = n.n))`.as('deliveries'),
    ])
    .groupBy('s.body')
    .execute()
  for (const { body, people, deliveries } of promised) {
    const each = fromSet(body).filter(({ channel, decision }) => channel !== 'in_app' && decision !== 'skip').length
    const want = each * people
    if (want !== Number(deliveries)) problems.push({ problem: `decisions "${body}" promise ${want} deliveries`, count: Number(deliveries) })
  }
  return problems
}

/** A process with a lease takes back what dead ones left. Without one it waits, however long, and nothing is wrong with it. */
const livesANode = (now: Millis) => sql`exists (select 1 from nodes where nodes.leased_until >= ${now})`

/** Deliveries that wait for the next start, because no process lives that could take them back. */
export async function waitingForStart({ db }: Dialect, now: Millis): Promise<number> {
  const { rows } = await sql<{ n: number }>`select count(*) as n from deliveries d where d.state = ${stateLit('sending')} and not ${livesANode(now)}`.execute(
    db,
  )
  return Number(rows[0]!.n)
}

const checks = (now: Millis): [string, ReturnType<typeof sql<{ n: number }>>][] => [
  ['deliveries without an event', sql`select count(*) as n from deliveries d where not exists (select 1 from events e where e.n = d.event)`],
  ['notifications without an event', sql`select count(*) as n from notifications x where not exists (select 1 from events e where e.n = x.event)`],
  [
    'notifications without decisions',
    sql`select count(*) as n from notifications x where not exists (select 1 from decision_sets s where s.id = x.decision_set)`,
  ],
  ['deliveries in an unknown state', sql`select count(*) as n from deliveries where state not in ${stateList(...DELIVERY_STATES)}`],
  [
    'ended deliveries without an attempt or reason',
    sql`select count(*) as n from deliveries d where d.state in ${stateList('sent', 'logged')} and d.tried_at is null
      and not exists (select 1 from attempts a where a.delivery_id = d.id)`,
  ],
  ['failed deliveries without a reason', sql`select count(*) as n from deliveries where state = ${stateLit('failed')} and error_code is null`],
  [
    'deliveries of users without a notification',
    sql`select count(*) as n from deliveries d where d.notification is not null and not exists (
      select 1 from notifications x where x.n = d.notification and x.event = d.event and x.user_id = d.recipient)`,
  ],
  [
    'held deliveries without a reason, or with a time that does not fit it',
    sql`select count(*) as n from deliveries where state = ${stateLit('held')}
      and (held_for is null or held_for not in ('quiet_hours', 'digest', 'rate_limit', 'no_connection') or (held_for = 'no_connection') <> (held_until is null))`,
  ],
  [
    'deliveries that are not held and say until when',
    sql`select count(*) as n from deliveries where state <> ${stateLit('held')} and (held_for is not null or held_until is not null)`,
  ],
  [
    'deliveries that were called off and wait all the same',
    sql`select count(*) as n from deliveries where cancelled_at is not null and state in ${stateList('queued', 'held')}`,
  ],
  ['merged deliveries that do not say in what', sql`select count(*) as n from deliveries where (state = ${stateLit('merged')}) <> (merged_into is not null)`],
  [
    'deliveries in the hand of nobody',
    sql`select count(*) as n from deliveries d where d.state = ${stateLit('sending')} and not exists (
      select 1 from nodes where nodes.n = d.owner and nodes.leased_until >= ${now - LONG_EXPIRED})
      and ${livesANode(now)}`,
  ],
  ['deliveries that are in no hand and have an owner', sql`select count(*) as n from deliveries where state <> ${stateLit('sending')} and owner is not null`],
  [
    'planned events with fewer deliveries than decisions to deliver or hold',
    // Those of a user are found through the notification, all others by their recipient: an event may have a hundred thousand of them.
    sql`select count(*) as n from decisions x left join events e on e.id = x.event_id where x.decision in ('deliver', 'hold')
      and not exists (select 1 from deliveries d where d.notification is null and d.recipient = x.recipient and d.event = e.n and d.channel = x.channel)
      and not exists (select 1 from notifications o join deliveries d on d.notification = o.n
        where o.event = e.n and o.user_id = x.recipient and d.channel = x.channel)`,
  ],
]
