import type { Destination, DestinationPlace } from '@carillon/client'
import { healthy } from '../../connections/health.ts'
import type { TargetHealth } from '../../domain/connection.ts'
import { type Millis, toIso } from '../../domain/time.ts'
import type { ShownDestination } from '../../services/destinations.ts'
import type { StoredDestination } from '../../storage/people/destinations.ts'
import { moment, presentHealth } from './present.ts'

/** A list is confirmed when all of it is, gone when all of it is, and as well as its worst entry. */
export function presentDestination({ rows, labels, body }: ShownDestination, now: Millis): Destination {
  const [first] = rows
  const [worst] = rows.map(healthOf).sort((a, b) => b.level - a.level || b.failures - a.failures)
  const every = (pick: (row: StoredDestination) => number | null): number | null =>
    rows.every((row) => pick(row) !== null) ? Math.max(...rows.map((row) => pick(row) ?? 0)) : null
  const goneAt = every(({ gone_at }) => gone_at)
  return {
    channel: first?.channel ?? '',
    body,
    confirmedAt: moment(every(({ confirmed_at }) => confirmed_at)),
    goneAt: moment(goneAt),
    goneReason: goneAt === null ? null : (first?.gone_reason ?? null),
    health: presentHealth(worst ?? healthy(''), now),
    places: rows.flatMap((row, i) => presentPlace(row, labels[i] ?? null, now)),
    updatedAt: toIso(Math.max(...rows.map(({ updated_at }) => updated_at))),
  }
}

const presentPlace = (row: StoredDestination, label: string | null, now: Millis): DestinationPlace[] =>
  label === null
    ? []
    : [
        {
          place: row.n,
          label,
          confirmedAt: moment(row.confirmed_at),
          goneAt: moment(row.gone_at),
          goneReason: row.gone_reason,
          health: presentHealth(healthOf(row), now),
        },
      ]

/** What is gone does not count for the health by which blocks are made, but nobody would call it healthy. */
function healthOf({ id, health, gone_at, gone_reason }: StoredDestination): TargetHealth {
  const known = health ?? healthy(id)
  if (gone_at === null || known.failures > 0) return known
  return { ...known, failures: 1, initialFailureAt: gone_at, mostRecentFailureAt: gone_at, lastError: gone_reason }
}
