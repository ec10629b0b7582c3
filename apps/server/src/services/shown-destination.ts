import { healthy } from '../connections/health.ts'
import type { TargetHealth } from '../domain/connection.ts'
import type { JsonObject } from '../domain/json.ts'
import type { Millis } from '../domain/time.ts'
import { UNREACHED } from '../domain/unreached.ts'
import type { StoredDestination } from '../storage/people/destinations.ts'
import { type ShownHealth, shownHealth } from './health.ts'

/** Whether a destination, or one place of a list, can be used. */
interface State {
  confirmedAt: Millis | null
  goneAt: Millis | null
  goneReason: string | null
  health: ShownHealth
}

/** One person's destination on one channel as anyone may see it: secrets and the entries of a list are masked. */
export interface ShownDestination extends State {
  channel: string
  body: JsonObject
  /** One for each entry of a list; empty when it is no list. */
  places: ShownPlace[]
  updatedAt: Millis
}

export interface ShownPlace extends State {
  /** Counts from 1. */
  place: number
  label: string
}

/** `labels` are null when it is no list. `toPerson`: its owner reads it, not an application or operator. A list is confirmed when all of it is, gone when all of it is, and as healthy as its worst entry. */
export function shownDestination(
  rows: readonly StoredDestination[],
  labels: readonly (string | null)[],
  body: JsonObject,
  now: Millis,
  toPerson: boolean,
): ShownDestination {
  const [first] = rows
  const [worst] = rows.map((row) => healthOf(row, toPerson)).sort((a, b) => b.level - a.level || b.failures - a.failures)
  const every = (pick: (row: StoredDestination) => number | null): number | null =>
    rows.every((row) => pick(row) !== null) ? Math.max(...rows.map((row) => pick(row) ?? 0)) : null
  const goneAt = every(({ gone_at }) => gone_at)
  return {
    channel: first?.channel ?? '',
    body,
    confirmedAt: every(({ confirmed_at }) => confirmed_at),
    goneAt,
    goneReason: goneAt === null ? null : (first?.gone_reason ?? null),
    health: shownHealth(worst ?? null, now),
    places: rows.flatMap((row, i) => shownPlace(row, labels[i] ?? null, now, toPerson)),
    updatedAt: Math.max(...rows.map(({ updated_at }) => updated_at)),
  }
}

const shownPlace = (row: StoredDestination, label: string | null, now: Millis, toPerson: boolean): ShownPlace[] =>
  label === null
    ? []
    : [
        {
          place: row.n,
          label,
          confirmedAt: row.confirmed_at,
          goneAt: row.gone_at,
          goneReason: row.gone_reason,
          health: shownHealth(healthOf(row, toPerson), now),
        },
      ]

/** The health that blocks are based on ignores a destination that is gone, but to a reader it is not healthy. */
function healthOf({ id, health, gone_at, gone_reason, named_by }: StoredDestination, toPerson: boolean): TargetHealth {
  const whole = health ?? healthy(id)
  const known = toPerson && named_by === 'person' && whole.unreached ? { ...whole, lastError: UNREACHED } : whole
  if (gone_at === null || known.failures > 0) return known
  return { ...known, failures: 1, initialFailureAt: gone_at, mostRecentFailureAt: gone_at, lastError: gone_reason }
}
