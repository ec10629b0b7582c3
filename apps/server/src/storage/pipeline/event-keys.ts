import type { Reported, Stored } from '../../domain/report.ts'
import type { Millis } from '../../domain/time.ts'
import { CarillonError } from '../../errors.ts'
import type { Dialect } from '../dialects/dialect.ts'
import type { EventKey, EventKeyRow } from '../dialects/event-keys.ts'
import type { Trx } from '../schema.ts'
import { KEY_TTL } from './idempotency.ts'
import { eventKeyOf } from './key-parts.ts'

/** What a key was first used for. */
type Use = Pick<EventKeyRow, 'hash' | 'body'>

/**
 * Claims the idempotency keys of a group of reports, in the transaction of their events; one result for each report, in order. Of two with the same
 * key the first in the group is first.
 */
export async function claimKeys(dialect: Dialect, trx: Trx, group: readonly Reported[]): Promise<Stored[]> {
  const rows = new Map<string, EventKeyRow>()
  for (const { idempotency, answer, at } of group)
    if (idempotency !== undefined && !rows.has(idempotency.key))
      rows.set(idempotency.key, { ...eventKeyOf(idempotency.key), hash: idempotency.hash, body: answer, at })
  if (rows.size === 0) return group.map(() => ({ kind: 'stored' }))
  const expired = Math.max(...group.map(({ at }) => at)) - KEY_TTL
  // In one order everywhere: otherwise two nodes with the same keys would wait for each other.
  const ordered = [...rows.values()].sort((a, b) => a.high - b.high || a.low - b.low)
  const elsewhere = usedElsewhere(dialect, trx, rows, expired)
  const held = new Map((await dialect.eventKeys.take(trx, ordered, expired, elsewhere)).map((row) => [nameOf(row), row]))
  const others = await elsewhere
  return group.map((reported) => {
    const own = reported.idempotency && rows.get(reported.idempotency.key)
    if (own === undefined) return { kind: 'stored' }
    return others.has(own) ? mismatch() : resultFor(reported, held.get(nameOf(own)) ?? own)
  })
}

const nameOf = ({ high, low }: EventKey): string => `${high}.${low}`

/** Of these rows, those whose key was used for another route than the intake of events. */
async function usedElsewhere({ among }: Dialect, trx: Trx, rows: ReadonlyMap<string, EventKeyRow>, expired: Millis): Promise<ReadonlySet<EventKeyRow>> {
  const used = await trx
    .selectFrom('idempotency_keys')
    .select('key')
    .where('key', 'in', among([...rows.keys()]))
    .where('at', '>=', expired)
    .execute()
  return new Set(used.map(({ key }) => rows.get(key)!))
}

/** The result for a report whose key was first used so. A response names new events, so a use with this response is this report's own. */
function resultFor({ idempotency, answer }: Reported, use: Use): Stored {
  if (use.body === answer) return { kind: 'stored' }
  return use.hash === idempotency?.hash ? { kind: 'replayed', answer: use.body } : mismatch()
}

function mismatch(): Stored {
  const errors = [{ pointer: '/header/idempotency-key', message: 'was used with another body' }]
  return { kind: 'refused', error: new CarillonError('idempotency_mismatch', { errors }) }
}
