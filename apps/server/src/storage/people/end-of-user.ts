import { sql } from 'kysely'
import type { Millis } from '../../domain/time.ts'
import type { Dialect } from '../dialects/dialect.ts'
import { callOff, tellCalledOff } from '../pipeline/call-off.ts'
import type { Trx } from '../schema.ts'

/**
 * Ends what belongs to a user and not to the log. Addresses, devices and preferences go with their row; nothing else may reach whoever gets
 * this id next: no subscription, no ticket or code, no stored answer, no inbox entry, no message that still waits or would be sent again, and no
 * memory of what the first was told already.
 */
export async function endOf(dialect: Dialect, trx: Trx, userId: string, now: Millis): Promise<void> {
  await trx.deleteFrom('topic_subscribers').where('member', '=', userId).execute()
  await trx.deleteFrom('tokens').where('user_id', '=', userId).execute()
  await trx.deleteFrom('dedup_keys').where('recipient', '=', userId).execute()
  await trx.deleteFrom('idempotency_keys').where('user_id', '=', userId).execute()
  const entries = trx.updateTable('notifications').where('user_id', '=', userId).where('visible', '=', 1).where('deleted_at', 'is', null)
  await entries.set({ deleted_at: now }).execute()
  // An attempt looks for the present address of its recipient, and would find the next user's.
  const ofUser = sql<boolean>`notification in (select n from notifications where user_id = ${userId})`
  await tellCalledOff(dialect, trx, (await callOff(dialect, trx, ofUser, now)).inHand)
}
