import { sql } from 'kysely'
import type { Dialect } from './dialects/dialect.ts'

type Waiting = 'queued' | 'sending' | 'held' | 'failed'

/** Rows of one state are counted up to here: a look must stay short with a million of them. */
const COUNTED = 100_000

/** How many deliveries are in each of these states, at most `COUNTED`; each count reads the index of its state alone. */
export async function countDeliveries({ reads }: Pick<Dialect, 'reads'>, states: readonly Waiting[]): Promise<Map<Waiting, number>> {
  const counts = new Map<Waiting, number>()
  for (const state of states) {
    const { rows } = await sql<{ n: number | string }>`select count(*) as n from (
      select 1 from deliveries where state = ${sql.lit(state)} limit ${sql.lit(COUNTED)}) as counted`.execute(reads)
    counts.set(state, Number(rows[0]!.n))
  }
  return counts
}

/** Every enabled connection with what is known against it, without its settings. */
export const connectionStates = ({ reads }: Pick<Dialect, 'reads'>) =>
  reads
    .selectFrom('connections')
    .leftJoin('target_health', 'target', 'id')
    .select(['name', 'provider', 'channel', 'level', 'blocked_until'])
    .where('enabled', '=', 1)
    .orderBy('id')
    .execute()
