import type { Reported, Stored } from '../../domain/report.ts'
import type { Millis } from '../../domain/time.ts'
import { CarillonError } from '../../errors.ts'
import type { Dialect } from '../dialects/dialect.ts'
import type { EventKey, EventKeyRow } from '../dialects/event-keys.ts'
import { deletedSince } from '../people/deleted-users.ts'
import type { Trx } from '../schema.ts'
import { ABANDONED, KEY_TTL } from './idempotency.ts'
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
  const now = Math.max(...group.map(({ at }) => at))
  const expired = now - KEY_TTL
  // In one order everywhere: otherwise two nodes with the same keys would wait for each other.
  const ordered = [...rows.values()].sort((a, b) => a.high - b.high || a.low - b.low)
  const elsewhere = usedElsewhere(dialect, trx, rows, now)
  const taken = elsewhere.then((used) => new Set(used.keys()))
  const held = new Map((await dialect.eventKeys.take(trx, ordered, expired, taken)).map((row) => [nameOf(row), row]))
  const others = await elsewhere
  if (held.size > 0) await freeOfDeleted(dialect, trx, group, rows, held)
  return group.map((reported) => {
    const own = reported.idempotency && rows.get(reported.idempotency.key)
    if (own === undefined) return { kind: 'stored' }
    return others.get(own)?.() ?? resultFor(reported, held.get(nameOf(own)) ?? own)
  })
}

/** A key that was used for a user who was deleted since is free for whoever has that user's id now. Takes such keys out of `held`. */
async function freeOfDeleted(
  dialect: Dialect,
  trx: Trx,
  group: readonly Reported[],
  rows: ReadonlyMap<string, EventKeyRow>,
  held: Map<string, EventKeyRow>,
): Promise<void> {
  const acting = group.flatMap(({ idempotency }) => {
    const own = idempotency && rows.get(idempotency.key)
    const known = own && held.get(nameOf(own))
    return own === undefined || known === undefined || idempotency?.user === undefined ? [] : [{ user: idempotency.user, own, known }]
  })
  if (acting.length === 0) return
  const since = Math.min(...acting.map(({ known }) => known.at))
  const deleted = await deletedSince(dialect, trx, [...new Set(acting.map(({ user }) => user))], since)
  for (const { user, own, known } of acting) {
    const at = deleted.get(user)
    // Another report of this group may have taken it.
    if (at === undefined || at <= known.at || !held.delete(nameOf(own))) continue
    for (const row of await dialect.eventKeys.take(trx, [own], at, NONE)) held.set(nameOf(row), row)
  }
}

const NONE: Promise<ReadonlySet<EventKeyRow>> = Promise.resolve(new Set())

const nameOf = ({ high, low }: EventKey): string => `${high}.${low}`

/**
 * Of these rows, those whose key was used for another route than the intake of events, with the answer to a report. A request that has run for longer
 * than a minute died with its process, and its key is free.
 */
async function usedElsewhere(
  { among }: Dialect,
  trx: Trx,
  rows: ReadonlyMap<string, EventKeyRow>,
  now: Millis,
): Promise<ReadonlyMap<EventKeyRow, () => Stored>> {
  const used = await trx
    .selectFrom('idempotency_keys')
    .select(['key', 'status'])
    .where('key', 'in', among([...rows.keys()]))
    .where('at', '>=', now - KEY_TTL)
    .where((eb) => eb.or([eb('status', '<>', 0), eb('at', '>=', now - ABANDONED)]))
    .execute()
  return new Map(used.map(({ key, status }) => [rows.get(key)!, status === 0 ? running : mismatch]))
}

/** The result for a report whose key was first used so. A response names new events, so a use with this response is this report's own. */
function resultFor({ idempotency, answer }: Reported, use: Use): Stored {
  if (use.body === answer) return { kind: 'stored' }
  return use.hash === idempotency?.hash ? { kind: 'replayed', answer: use.body } : mismatch()
}

const running = (): Stored => ({ kind: 'refused', error: new CarillonError('idempotency_running', { retryAfter: 1 }) })

function mismatch(): Stored {
  const errors = [{ pointer: '/header/idempotency-key', message: 'was used with another body' }]
  return { kind: 'refused', error: new CarillonError('idempotency_mismatch', { errors }) }
}
