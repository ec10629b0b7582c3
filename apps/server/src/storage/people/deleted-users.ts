import { idFloor } from '../../domain/id.ts'
import type { Millis } from '../../domain/time.ts'
import type { Dialect } from '../dialects/dialect.ts'
import type { Trx } from '../schema.ts'

/** Of these ids, those that belonged to a user who was deleted at this time or later, with the last time. Their rows are gone; the audit log knows. */
export async function deletedSince({ among }: Pick<Dialect, 'among'>, trx: Trx, ids: string[], since: Millis): Promise<Map<string, Millis>> {
  const rows = await trx
    .selectFrom('audit_log')
    .select(['target', 'at'])
    .where('id', '>=', idFloor('aud', since))
    .where('action', '=', 'user.deleted')
    .where('target', 'in', among(ids))
    .orderBy('at')
    .execute()
  return new Map(rows.map(({ target, at }) => [target, at]))
}
