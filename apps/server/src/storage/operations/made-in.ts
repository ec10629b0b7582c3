import { type RawBuilder, sql } from 'kysely'
import { type IdPrefix, idFloor } from '../../domain/id.ts'
import type { Period } from '../../domain/page.ts'
import { DAY } from '../../domain/time.ts'

/** An id may be stamped later than its row by as much as the clock of its process was set back; more than this is not expected. */
const CLOCK_SET_BACK = DAY

/**
 * The rows of a list by id that were made in a period. The column with the time decides; the bounds of the id let both engines read no more of the
 * primary key than the period, without an index of its own.
 */
export function madeIn(prefix: IdPrefix, { id, at }: { id: RawBuilder<unknown>; at: RawBuilder<unknown> }, { since, until }: Period): RawBuilder<boolean>[] {
  return [
    ...(since === undefined ? [] : [sql<boolean>`${id} >= ${idFloor(prefix, since)}`, sql<boolean>`${at} >= ${since}`]),
    ...(until === undefined ? [] : [sql<boolean>`${id} < ${idFloor(prefix, until + CLOCK_SET_BACK)}`, sql<boolean>`${at} < ${until}`]),
  ]
}
