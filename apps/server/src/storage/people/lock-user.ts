import { sql } from 'kysely'
import type { Dialect } from '../dialects/dialect.ts'
import { insertRows } from '../rows.ts'
import type { Trx } from '../schema.ts'
import { newEpoch } from './accounts.ts'

/**
 * Everything that is read, merged and written again for one person happens under this lock: on PostgreSQL two such transactions at the same moment
 * would otherwise both read the same state, and one change would be lost. On SQLite there is one writer.
 */
export async function lockKnownUser(dialect: Dialect, trx: Trx, id: string): Promise<void> {
  await sql`select id from users where id = ${id} ${dialect.locked}`.execute(trx)
}

/** The same for a person whom an application may not have described yet: the row is made first, so that there is something to lock. */
export async function lockUser(dialect: Dialect, trx: Trx, id: string, now: number): Promise<void> {
  await insertRows(dialect, trx, 'users', { id: 'text', data: 'text', active: 'integer', created_at: 'integer', updated_at: 'integer', epoch: 'text' }, [
    { id, data: '{}', active: 1, created_at: now, updated_at: now, epoch: newEpoch() },
  ])
  await lockKnownUser(dialect, trx, id)
}
