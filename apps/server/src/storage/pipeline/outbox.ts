import { sql } from 'kysely'
import type { Claimed } from '../../delivery/job.ts'
import { MAX_CRASHES } from '../../domain/task.ts'
import type { Clock, Millis } from '../../domain/time.ts'
import type { ClaimOrder } from '../../flow/lane.ts'
import type { Swept } from '../../pipeline/sending.ts'
import { type StateCode, stateLit, stateOf } from '../delivery-states.ts'
import type { Dialect } from '../dialects/dialect.ts'
import { eventOf, notificationOf } from '../operations/delivery-rows.ts'
import type { DeliveriesTable } from '../schema.ts'
import { BACK } from './call-off.ts'
import { forgetNodes, type Node, otherNodes, STOPPED } from './nodes.ts'

export interface OutboxParts {
  dialect: Dialect
  clock: Clock
  /** The name of this process in the queue. */
  owner(): string
  /** Its row, to which the deliveries that it leases refer. */
  node: Node
  /** Of these owners, those whose process has certainly ended. */
  dead(owners: string[]): Promise<string[]>
  leaseMs: Millis
}

/** Its process died so often that it is not tried again. */
const QUARANTINED = { code: 'quarantined', sentence: `The process died ${MAX_CRASHES} times while sending this` }

type Row = Pick<DeliveriesTable, 'recipient' | 'channel' | 'destination_id' | 'connection_id' | 'attempts' | 'crashes' | 'expires_at' | 'created_at'> & {
  id: string
  event_id: string
  notification_id: string | null
  lease: number
  attempts_before: number
  settled: string | null
}

/**
 * The deliveries table as a queue: a row is claimed by a lease, per connection, so that hold, cancel, expire, retry and failover
 * change one row in one place. The attempt counter is raised by the claim.
 */
export function createOutbox({ dialect, clock, owner, node, dead, leaseMs }: OutboxParts) {
  const { db, publicId } = dialect
  const [queued, sending, failed, cancelled] = (['queued', 'sending', 'failed', 'cancelled'] as const).map(stateLit)
  /** Deliveries that this process owns and does not have, and since when a sweep sees them. */
  let astray = new Map<string, Millis>()

  const claimedColumns = sql`${publicId('dlv', 'deliveries.id')} as id, ${eventOf(dialect)} as event_id,
    ${notificationOf(dialect)} as notification_id,
    recipient, channel, destination_id, connection_id, lease, attempts, attempts_before, crashes, expires_at, created_at, settled`

  async function lease(selected: ReturnType<typeof sql>): Promise<Claimed[]> {
    const me = await node.held()
    // Materialized: PostgreSQL may run a subquery of `in` once per row, and then its limit has no effect.
    const { rows } = await sql<Row>`with chosen as materialized (${selected})
      update deliveries set state = ${sending}, attempts = attempts + 1, lease = lease + 1, owner = ${me}
      where id ${dialect.oneOf(sql`select id from chosen`)} and state = ${queued}
      returning ${claimedColumns}, ${dialect.hasty}`.execute(db)
    return rows.map(toClaimed).sort((a, b) => (a.id < b.id ? -1 : 1))
  }

  const due = (queue: string, limit: number, which = sql``) => sql`
    select id from deliveries where connection_id = ${queue} and state = ${queued} ${which} and crashes = 0 and due_at <= ${clock()}
    order by due_at, id limit ${limit} ${dialect.skipLocked}`

  const URGENT = sql`and priority = 3`

  /** In one statement, because the transaction of a claim costs more than its rows. The second half is read only as far as the first falls short. */
  const urgentFirst = (queue: string, limit: number) => sql`
    select id from (${due(queue, limit, URGENT)}) as urgent
    union all select id from (${due(queue, limit, sql`and priority <> 3`)}) as others limit ${limit}`

  // The `|| ''` keeps SQLite from walking the whole queue of a connection, since the few suspects have their own index.
  const suspect = (queues: string[], which: ReturnType<typeof sql>) => sql`
    select id from deliveries where state = ${queued} and crashes > 0 ${which} and due_at <= ${clock()} and connection_id || '' in ${dialect.among(queues)}
    order by due_at, id limit 1 ${dialect.skipLocked}`

  const ONCE = sql`and crashes = 1`

  const onceFirst = (queues: string[]) => sql`
    select id from (${suspect(queues, ONCE)}) as once
    union all select id from (${suspect(queues, sql`and crashes > 1`)}) as others limit 1`

  const urgentOnly = (queue: string, limit: number) => due(queue, limit, URGENT)

  return {
    /** At most `limit` due deliveries of these connections. */
    async claim(queues: string[], limit: number, order: ClaimOrder): Promise<Claimed[]> {
      const chosen = { 'urgent first': urgentFirst, 'oldest first': due, 'urgent only': urgentOnly }[order]
      const claimed: Claimed[] = []
      for (const queue of queues) {
        const left = limit - claimed.length
        if (left > 0) claimed.push(...(await lease(chosen(queue, left))))
      }
      return claimed
    },

    /** One suspect; those of a single death come first, and unless `alone` there are no others. */
    async claimSuspect(queues: string[], alone: boolean): Promise<Claimed | null> {
      const [claimed] = await lease(alone ? onceFirst(queues) : suspect(queues, ONCE))
      return claimed ?? null
    },

    /** When the next delivery of each of these connections comes due, in milliseconds; connections without a queued one are absent. */
    async nextDue(queues: string[]): Promise<Map<string, Millis>> {
      const asked = dialect.table(
        queues.map((queue) => ({ queue })),
        { queue: 'text' },
        'asked',
      )
      const { rows } = await sql<{ queue: string; due: Millis | null }>`select queue, (
          select due_at from deliveries where connection_id = asked.queue and state = ${queued} order by due_at limit 1) as due
        from ${asked}`.execute(db)
      return new Map(rows.flatMap(({ queue, due }) => (due === null ? [] : [[queue, due] as const])))
    },

    /**
     * Renews the lease under which this process has its deliveries, whether or not it has any: one that was leased when it was written is not in hand
     * before its commit. A process that never leased anything writes nothing.
     */
    async heartbeat(): Promise<void> {
      if (node.hasLeased()) await node.renew()
    },

    /** After the last result: what is still leased to this process was cut off by a stop, and no death. */
    stop: node.stop,

    /**
     * Takes back deliveries whose process ended. What a stop cut off goes back as it is: the attempt counts, because it may have been made, and no crash does.
     * The others were in hand at a death. Each of them is a suspect now, and one that was in flight at `MAX_CRASHES` crashes is
     * quarantined (`failed`, code `quarantined`). One that was called off meanwhile ends. An owner that is certainly dead is not waited for; a hanging
     * one loses its leases.
     * Deliveries in the hand of this process are never taken back, however long the machine was suspended: they would be sent twice. One that
     * it owns and does not have was claimed by a statement whose answer was lost with the connection: it was not sent, so it is no suspect,
     * and the claim counts as no attempt. Two leases are waited for such an answer.
     */
    async sweep(inHand: string[]): Promise<Swept> {
      const now = clock()
      const putBack = await giveBackAstray(inHand, now)
      const lost = sql`state = ${sending} and owner in ${await lostOwners(now)}`
      const { numAffectedRows } = await sql`update deliveries set ${BACK}, due_at = ${now}
        where ${lost} and owner in (select n from nodes where leased_until = ${STOPPED})`.execute(db)
      const { rows } = await sql<Row & { state: StateCode }>`update deliveries set
          crashes = crashes + 1, owner = null,
          due_at = case when crashes + 1 >= ${MAX_CRASHES} then due_at else cast(${now} as bigint) end,
          state = case when crashes + 1 >= ${MAX_CRASHES} then ${failed} when cancelled_at is null then ${queued} else ${cancelled} end,
          finished_at = case when crashes + 1 >= ${MAX_CRASHES} then cast(${now} as bigint) else cancelled_at end,
          error_code = case when crashes + 1 >= ${MAX_CRASHES} then ${QUARANTINED.code} else error_code end,
          error = case when crashes + 1 >= ${MAX_CRASHES} then ${QUARANTINED.sentence} else error end
        where ${lost}
        returning ${claimedColumns}, state`.execute(db)
      await forgetNodes(dialect, owner(), now)
      const { queued: released = [], failed: ended = [] } = Object.groupBy(rows, ({ state }) => stateOf(state))
      return {
        released: released.length,
        cutOff: Number(numAffectedRows ?? 0),
        astray: putBack,
        quarantined: ended.map((row) => ({ delivery: toClaimed(row), error: QUARANTINED })),
      }
    },
  }

  async function giveBackAstray(inHand: string[], now: Millis): Promise<number> {
    const mine = sql`state = ${sending} and owner = (select n from nodes where nodes.owner = ${owner()})`
    const { rows } = await sql<{ id: string }>`select ${publicId('dlv', 'deliveries.id')} as id from deliveries
      where ${mine} and id not in ${dialect.amongIds('dlv', inHand)}`.execute(db)
    astray = new Map(rows.map(({ id }) => [id, astray.get(id) ?? now]))
    const lost = [...astray].flatMap(([id, since]) => (now - since > 2 * leaseMs ? [id] : []))
    if (lost.length === 0) return 0
    const { numAffectedRows } = await sql`update deliveries set ${BACK}, attempts = attempts - 1, due_at = ${now}
      where ${mine} and id in ${dialect.amongIds('dlv', lost)}`.execute(db)
    return Number(numAffectedRows ?? 0)
  }

  /**
   * The numbers under which deliveries are leased and whose process is dead, hangs, or is not known. Leases are judged by the statement that takes the
   * rows back: a process may have renewed its lease, and claimed, while `dead` was asked.
   */
  async function lostOwners(now: Millis): Promise<ReturnType<typeof sql>> {
    const others = await otherNodes(dialect, owner())
    const gone = others.length === 0 ? [] : await dead(others)
    return sql`(select d.owner from deliveries d where d.state = ${sending} and not exists (
      select 1 from nodes where nodes.n = d.owner and (
        nodes.owner = ${owner()} or (nodes.leased_until >= ${now} and nodes.owner not in ${dialect.among(gone)}))))`
  }
}

const toClaimed = (row: Row): Claimed => ({
  id: row.id,
  eventId: row.event_id,
  notificationId: row.notification_id,
  recipient: row.recipient,
  channel: row.channel,
  destinationId: row.destination_id,
  connectionId: row.connection_id ?? '',
  lease: row.lease,
  attempts: row.attempts,
  attemptsBefore: row.attempts_before,
  crashes: row.crashes,
  expiresAt: row.expires_at,
  createdAt: row.created_at,
  ...(row.settled === null ? {} : { settled: JSON.parse(row.settled) }),
})
