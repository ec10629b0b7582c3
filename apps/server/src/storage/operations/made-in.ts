import { type RawBuilder, sql } from 'kysely'
import { type IdPrefix, idFloor } from '../../domain/id.ts'
import type { Period } from '../../domain/page.ts'
import { DAY, type Millis } from '../../domain/time.ts'

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
  const floor = (time: Millis) => stored(idFloor(prefix, Math.min(time, LAST)).padEnd(prefix.length + 33, '0'))
  return [
    ...(since === undefined ? [] : [sql<boolean>`${id} >= ${floor(since)}`, sql<boolean>`${at} >= ${since}`]),
    ...(until === undefined ? [] : [sql<boolean>`${id} < ${floor(until + CLOCK_SET_BACK)}`, sql<boolean>`${at} < ${until}`]),
  ]
}

/** The last time that an id can be stamped with. */
const LAST = 2 ** 48 - 1
