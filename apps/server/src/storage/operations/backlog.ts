import { type RawBuilder, sql } from 'kysely'
import type { Millis } from '../../domain/time.ts'
import { stateLit } from '../delivery-states.ts'
import type { Dialect } from '../dialects/dialect.ts'

type Waiting = 'queued' | 'sending' | 'held' | 'failed'

/** Rows of one state are counted up to this number: the query must stay short with a million of them. */
const COUNTED = 100_000

/**
 * How many deliveries are shown in each of these states, at most `COUNTED`; each count reads one index alone. A queued delivery whose
 * target is closed counts as held, as everywhere.
 */
export async function countDeliveries({ reads }: Pick<Dialect, 'reads'>, states: readonly Waiting[], now: Millis): Promise<Map<Waiting, number>> {
  const count = async (rows: RawBuilder<unknown>): Promise<number> => {
    const answer = await sql<{
      n: number | string
    }>`select count(*) as n from (select 1 from deliveries where ${rows} limit ${sql.lit(COUNTED)}) as counted`.execute(reads)
    return Number(answer.rows[0]!.n)
  }
  const counts = new Map<Waiting, number>()
  for (const state of states) counts.set(state, await count(sql`state = ${stateLit(state)}`))
  const { queued = 0, held = 0 } = Object.fromEntries(counts)
  if (queued === 0) return counts
  const closed = sql`(select target from target_health where blocked_until > ${now} or paused_until > ${now})`
  const byConnection = await count(sql`state = ${stateLit('queued')} and connection_id in ${closed}`)
  const byDestination = await count(sql`state = ${stateLit('queued')} and destination_id in ${closed} and connection_id not in ${closed}`)
  const waiting = Math.min(byConnection + byDestination, queued)
  return counts.set('queued', queued - waiting).set('held', Math.min(held + waiting, COUNTED))
}

/** Every enabled connection with its health, without its settings. */
export const connectionStates = ({ reads }: Pick<Dialect, 'reads'>) =>
  reads
    .selectFrom('connections')
    .leftJoin('target_health', 'target', 'id')
    .select(['name', 'provider', 'channel', 'level', 'blocked_until'])
    .where('enabled', '=', 1)
    .orderBy('id')
    .execute()

/** On which channels deliveries wait for a connection, and how many, at most 1,000 in all. */
export async function unconnectedDeliveries({ reads }: Pick<Dialect, 'reads'>): Promise<{ channel: string; count: number }[]> {
  const { rows } = await sql<{ channel: string; n: number | string }>`select channel, count(*) as n
    from (select channel from deliveries where state = ${stateLit('held')} and held_until is null limit 1000) as waiting group by channel order by channel`.execute(
    reads,
  )
  return rows.map(({ channel, n }) => ({ channel, count: Number(n) }))
}
