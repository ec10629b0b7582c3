import type { Destination, DestinationPlace } from '@carillon/client'
import { healthy } from '../../connections/health.ts'
import type { TargetHealth } from '../../domain/connection.ts'
import type { JsonObject } from '../../domain/json.ts'
import { type Millis, toIso } from '../../domain/time.ts'
import { invalidField } from '../../errors.ts'
import type { Provider } from '../../providers/kit/contract.ts'
import { MASK } from '../../security/secret-fields.ts'
import type { StoredDestination } from '../../storage/people/destinations.ts'
import { moment, presentHealth } from './present.ts'

type Listed = Pick<Provider, 'list'>

/** One body for each entry of the list that a provider's destination is; each entry once. */
export function split({ list }: Listed, body: JsonObject): JsonObject[] {
  const entries = list === undefined ? null : body[list]
  if (list === undefined || !Array.isArray(entries)) return [body]
  const once = entries.filter((entry, i) => entries.findIndex((other) => JSON.stringify(other) === JSON.stringify(entry)) === i)
  return once.map((entry) => ({ ...body, [list]: [entry] }))
}

/** The other way round; empty when there is none. */
export function joined({ list }: Listed, bodies: readonly JsonObject[]): JsonObject {
  const [body = {}] = bodies
  if (list === undefined || bodies.length === 0) return body
  return { ...body, [list]: bodies.flatMap((one) => one[list] ?? []) }
}

/** What each place of a list is called, `label` of its entry; with its number where others are called the same. Null for what is no list. */
export function labelsOf({ list }: Listed, bodies: readonly JsonObject[], label: (entry: string) => string): (string | null)[] {
  if (list === undefined) return bodies.map(() => null)
  const labels = bodies.map((body) => label(String([body[list]].flat()[0])))
  return labels.map((one, i) => (labels.filter((other) => other === one).length > 1 ? `${one}#${i + 1}` : one))
}

const masked = (label: string | null): string => `${label}/${MASK}`

/** The list as it may be shown: every entry by its label. */
export const maskPlaces = ({ list }: Listed, body: JsonObject, labels: readonly (string | null)[]): JsonObject =>
  list === undefined ? body : { ...body, [list]: labels.map(masked) }

/**
 * Puts the stored entries where the caller sent their masks back, wherever in the list; a bare mask keeps its place while none was added or
 * left out. Throws `invalid_field` for a mask that none was shown with.
 */
export function keepPlaces({ list }: Listed, given: JsonObject, stored: readonly JsonObject[], labels: readonly (string | null)[]): JsonObject {
  const entries = list === undefined ? null : given[list]
  if (list === undefined || !Array.isArray(entries)) return given
  const own = stored.map((body) => [body[list] ?? null].flat()[0] ?? null)
  const known = new Map(own.map((entry, i) => [masked(labels[i] ?? null), entry]))
  return {
    ...given,
    [list]: entries.map((entry, i) => {
      if (typeof entry !== 'string' || !entry.includes(MASK)) return entry
      const kept = entry === MASK && entries.length === own.length ? own[i] : known.get(entry)
      if (kept === undefined) throw invalidField(`/${list}/${i}`, 'is masked, but nothing that is stored reads so; send it in full, or leave it out')
      return kept
    }),
  }
}

/** A list is confirmed when all of it is, gone when all of it is, and as well as its worst entry. */
export function presentDestination(rows: readonly StoredDestination[], labels: readonly (string | null)[], body: JsonObject, now: Millis): Destination {
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
