import { switchedOff } from '../../catalogue/notices.ts'
import type { Clock } from '../../domain/time.ts'
import { vapidKeyId } from '../../providers/web_push/vapid.ts'
import type { Dialect } from '../dialects/dialect.ts'
import { type Enqueue, insertEvents } from '../pipeline/event-store.ts'
import type { Trx } from '../schema.ts'

/** People named by one event. */
const AT_ONCE = 500

/**
 * Browsers that subscribed with a key which no connection has any more can never be told anything again. They are marked, and their
 * owners hear of it in their inbox, in the transaction that changed the connections.
 */
export function createPushKeyWatch(dialect: Dialect, enqueue: Enqueue, clock: Clock) {
  return async (trx: Trx, provider: string): Promise<void> => {
    if (provider !== 'web_push') return
    const rows = await trx.selectFrom('connections').select('settings').where('provider', '=', 'web_push').execute()
    const known = rows.flatMap(({ settings }) => {
      const { publicKey }: { publicKey?: string } = JSON.parse(settings)
      return publicKey === undefined ? [] : [vapidKeyId(publicKey)]
    })
    const now = clock()
    const gone = await trx
      .updateTable('devices')
      .set({ gone_at: now, gone_reason: 'The key that it subscribed with was replaced' })
      .where('vapid_key', 'is not', null)
      .where('gone_at', 'is', null)
      .where('vapid_key', 'not in', dialect.among(known))
      .returning('user_id')
      .execute()
    const users = [...new Set(gone.map(({ user_id }) => user_id))]
    const events = []
    for (let at = 0; at < users.length; at += AT_ONCE)
      events.push(switchedOff(users.slice(at, at + AT_ONCE), { channel: 'web_push', reason: 'the hub has a new key for push messages', newKey: true }, now))
    if (events.length > 0) await insertEvents(dialect, trx, enqueue, events)
  }
}
