import type { Selectable } from 'kysely'
import type { AttemptsTable, DeliveriesTable } from '../schema.ts'

export type AttemptRow = Omit<AttemptsTable, 'delivery_id'>

type Delivery = Pick<Selectable<DeliveriesTable>, 'attempts' | 'connection_id' | 'tried_at' | 'tried_ms'>

/**
 * All attempts of a delivery, in their order. One that was sent at its first attempt, without anything else to say of it, has no row in `attempts`: its own
 * row holds when that was and how long it took.
 */
export function attemptsOf({ attempts, connection_id, tried_at, tried_ms }: Delivery, written: readonly AttemptRow[]): AttemptRow[] {
  const only =
    tried_at === null || connection_id === null
      ? []
      : [{ n: attempts, connection_id, at: tried_at, ms: tried_ms ?? 0, outcome: 'sent', code: null, status: null, detail: null, retry_at: null }]
  // Two connections may be tried in one millisecond; the try that failed over came first.
  return [...written, ...only].sort((a, b) => a.n - b.n || a.at - b.at || Number(b.outcome === 'failover') - Number(a.outcome === 'failover'))
}
