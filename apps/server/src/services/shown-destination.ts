import { healthy } from '../connections/health.ts'
import type { TargetHealth } from '../domain/connection.ts'
import type { JsonObject } from '../domain/json.ts'
import type { Millis } from '../domain/time.ts'
import { wordsOf } from '../domain/trouble.ts'
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

/**
 * `labels` are null when it is no list. `plain`: in the words for a person, without the servers, ports and statuses of a failure. A list is
 * confirmed when all of it is, gone when all of it is, and as healthy as its worst entry.
 */
export function shownDestination(
  rows: readonly StoredDestination[],
  labels: readonly (string | null)[],
  body: JsonObject,
  { now, plain }: { now: Millis; plain: boolean },
): ShownDestination {
  const [first] = rows
  const [worst] = rows.map(healthOf).sort((a, b) => b.level - a.level || b.failures - a.failures)
  const every = (pick: (row: StoredDestination) => number | null): number | null =>
    rows.every((row) => pick(row) !== null) ? Math.max(...rows.map((row) => pick(row) ?? 0)) : null
  const goneAt = every(({ gone_at }) => gone_at)
  return {
    channel: first?.channel ?? '',
    body,
    confirmedAt: every(({ confirmed_at }) => confirmed_at),
    goneAt,
    goneReason: goneAt === null || first === undefined ? null : reasonOf(first, plain),
    health: healthShown(worst ?? null, now, plain),
    places: rows.flatMap((row, i) => shownPlace(row, labels[i] ?? null, now, plain)),
    updatedAt: Math.max(...rows.map(({ updated_at }) => updated_at)),
  }
}

/** The whole reason, or what it means. */
const reasonOf = ({ gone_reason, gone_trouble }: StoredDestination, plain: boolean): string | null =>
  plain && gone_reason !== null ? wordsOf(gone_trouble) : gone_reason

function healthShown(known: TargetHealth | null, now: Millis, plain: boolean): ShownHealth {
  const shown = shownHealth(known, now)
  return plain && known !== null && shown.lastError !== null ? { ...shown, lastError: wordsOf(known.lastTrouble) } : shown
}

const shownPlace = (row: StoredDestination, label: string | null, now: Millis, plain: boolean): ShownPlace[] =>
  label === null
    ? []
    : [
        {
          place: row.n,
          label,
          confirmedAt: row.confirmed_at,
          goneAt: row.gone_at,
          goneReason: reasonOf(row, plain),
          health: healthShown(healthOf(row), now, plain),
        },
      ]

/** The health that blocks are based on ignores a destination that is gone, but to a reader it is not healthy. */
function healthOf({ id, health, gone_at, gone_reason, gone_trouble }: StoredDestination): TargetHealth {
  const known = health ?? healthy(id)
  if (gone_at === null || known.failures > 0) return known
  return { ...known, failures: 1, initialFailureAt: gone_at, mostRecentFailureAt: gone_at, lastError: gone_reason, lastTrouble: gone_trouble }
}
