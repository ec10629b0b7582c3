import { sql } from 'kysely'
import type { Writer } from '../../domain/caller.ts'
import { CarillonError } from '../../errors.ts'
import type { Dialect } from '../dialects/dialect.ts'
import { insertRows } from '../rows.ts'
import type { Trx, UsersTable } from '../schema.ts'
import { newEpoch, toAccount } from './accounts.ts'

/**
 * Everything that is read, merged and written again for one person happens under this lock: on PostgreSQL two such transactions at the same moment
 * would otherwise both read the same state, and one change would be lost. On SQLite there is one writer. Returns whether there is such a user.
 *
 * A person who asks with a token must still be the one to whom it was issued: between the check of the token and this moment the hub may have
 * looked up names for seconds, and their user may have been deleted. Throws `unauthorized`.
 */
export async function lockKnownUser(dialect: Dialect, trx: Trx, { userId, epoch }: Writer): Promise<boolean> {
  const { rows } = await sql<Pick<UsersTable, 'active' | 'epoch'>>`select active, epoch from users where id = ${userId} ${dialect.locked}`.execute(trx)
  const account = rows[0] && toAccount(rows[0])
  if (epoch !== null && (account?.active !== true || account.epoch !== epoch)) throw new CarillonError('unauthorized', { detail: ENDED })
  return account !== undefined
}

/** The same for a person whom an application may not have described yet: the row is made first, so that there is something to lock. */
export async function lockUser(dialect: Dialect, trx: Trx, writer: Writer, now: number): Promise<void> {
  const { userId: id, epoch } = writer
  const columns = { id: 'text', data: 'text', active: 'integer', created_at: 'integer', updated_at: 'integer', epoch: 'text' } as const
  // Again for one who was deleted between the two statements: that row is gone when its lock is given.
  do {
    // Whoever has a token was a user when it was issued. Making the row for them would bring a deleted user back.
    if (epoch === null) await insertRows(dialect, trx, 'users', columns, [{ id, data: '{}', active: 1, created_at: now, updated_at: now, epoch: newEpoch() }])
  } while (!(await lockKnownUser(dialect, trx, writer)))
}

const ENDED = 'This token is no longer valid: its user was deleted or made inactive meanwhile.'
