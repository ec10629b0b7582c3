import type { Database } from './database.ts'
import { serverSeconds } from './server-time.ts'

/** Processor time of one piece of work, in microseconds: the steadiest figure on a machine that does other things too. */
export interface Cost {
  /** The process, with all its threads. */
  hub: number
  /** All processes of the PostgreSQL server; null without one, and where the system does not tell. */
  server: number | null
}

/** Processor time until now, in seconds. */
export interface Spent {
  hub: number
  server: number | null
}

/** What tells its own processor time, such as a hub; that resets the maxima of its `vitals`. */
export interface Metered {
  vitals(): Promise<{ cpuSeconds: number }>
}

export async function spentBy(metered: Metered, database: Database): Promise<Spent> {
  const [{ cpuSeconds }, server] = await Promise.all([metered.vitals(), serverSeconds(database)])
  return { hub: cpuSeconds, server }
}

export function costBetween(before: Spent, after: Spent, count: number): Cost {
  const each = (seconds: number) => (seconds * 1e6) / count
  const server = before.server === null || after.server === null ? null : each(after.server - before.server)
  return { hub: each(after.hub - before.hub), server }
}

/** Of several rounds of the same work. */
export function meanCost(costs: readonly Cost[]): Cost {
  const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length
  const servers = costs.flatMap(({ server }) => server ?? [])
  return { hub: mean(costs.map(({ hub }) => hub)), server: servers.length === costs.length ? mean(servers) : null }
}

/** Of several rounds of the same work, the one in the middle: a round that was disturbed decides nothing. */
export function medianCost(costs: readonly Cost[]): Cost {
  const sorted = costs.toSorted((a, b) => a.hub - b.hub)
  const middle = sorted[(sorted.length - 1) >> 1]
  if (middle === undefined) throw new Error('There is no round')
  return middle
}

/** `246 us`, or `246 + 180 us` with the server's. */
export const costText = ({ hub, server }: Cost): string => `${Math.round(hub)}${server === null ? '' : ` + ${Math.round(server)}`} us`
