import { sql } from 'kysely'
import type { Millis } from '../../domain/time.ts'
import type { Dialect } from '../dialects/dialect.ts'
import type { Trx } from '../schema.ts'

/**
 * Of these ids, those that belonged to a user who was deleted at this time or later, with the last time. Their rows are gone; the audit log knows. The
 * action is part of the statement, not a parameter: the index `audit_log_deleted` holds such rows only, and SQLite would not know that it may use it.
 */
export async function deletedSince(
  { among }: Pick<Dialect, 'among'>,
  trx: Pick<Trx, 'selectFrom'>,
  ids: string[],
  since: Millis,
): Promise<Map<string, Millis>> {
  const rows = await trx
    .selectFrom('audit_log')
    .select(['target', ({ fn }) => fn.max('at').as('last')])
    .where('action', '=', sql.lit('user.deleted'))
    .where('target', 'in', among(ids))
    .where('at', '>=', since)
    .groupBy('target')
    .execute()
  return new Map(rows.map(({ target, last }) => [target, last]))
}
