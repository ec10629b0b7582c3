import { type RawBuilder, sql } from 'kysely'
import { type IdPrefix, idFloor } from '../../domain/id.ts'
import type { Period } from '../../domain/page.ts'
import { DAY, type Millis } from '../../domain/time.ts'
import type { Dialect } from '../dialects/dialect.ts'

/** An id may be stamped later than its row by as much as the clock of its process was set back; more than this is not expected. */
const CLOCK_SET_BACK = DAY

interface MadeIn {
  id: RawBuilder<unknown>
  at: RawBuilder<unknown>
  /** An id as the column has it; by default the text. */
  stored?(id: string): RawBuilder<unknown>
}

/**
 * The rows of a list by id that were made in a period. The column with the time decides; the bounds of the id let both engines read no more of the
 * index of the ids than the period, without an index of its own.
 */
export function madeIn(prefix: IdPrefix, { id, at, stored = (floor) => sql`${floor}` }: MadeIn, { since, until }: Period): RawBuilder<boolean>[] {
  const floor = (time: Millis) => stored(lowestId(prefix, time))
  return [
    ...(since === undefined ? [] : [sql<boolean>`${id} >= ${floor(since)}`, sql<boolean>`${at} >= ${since}`]),
    ...(until === undefined ? [] : [sql<boolean>`${id} < ${floor(until + CLOCK_SET_BACK)}`, sql<boolean>`${at} < ${until}`]),
  ]
}

/**
 * Bounds of `n`, the number of a notification, for rows of such a period. Numbers are drawn from one sequence, so those of a period lie between those of the
 * events before and after it. The bounds are wider than the period, because several processes draw and commit out of order; the column with the time decides.
 */
export const numberedSince = ({ bytesOf }: Pick<Dialect, 'bytesOf'>, n: RawBuilder<number>, since: Millis): RawBuilder<boolean> =>
  sql<boolean>`${n} > coalesce((
    select e.n from events e where e.id < ${bytesOf('evt', lowestId('evt', since - CLOCK_SET_BACK))} order by e.id desc limit 1), 0)`

export const numberedUntil = ({ bytesOf }: Pick<Dialect, 'bytesOf'>, n: RawBuilder<number>, until: Millis): RawBuilder<boolean> =>
  sql<boolean>`${n} < coalesce((
    select e.n from events e where e.id >= ${bytesOf('evt', lowestId('evt', until + CLOCK_SET_BACK))} order by e.id limit 1), ${Number.MAX_SAFE_INTEGER})`

const lowestId = (prefix: IdPrefix, time: Millis): string => idFloor(prefix, Math.min(time, LAST)).padEnd(prefix.length + 33, '0')

/** The last time that an id can be stamped with. */
const LAST = 2 ** 48 - 1
