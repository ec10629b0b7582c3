import { switchedOff } from '../../catalogue/notices.ts'
import type { JsonObject } from '../../domain/json.ts'
import type { Clock } from '../../domain/time.ts'
import type { Dialect } from '../dialects/dialect.ts'
import { type Enqueue, insertEvents } from '../pipeline/event-store.ts'
import type { Trx } from '../schema.ts'

/** Users that one event names, at most. */
const AT_ONCE = 500

/** A provider whose devices subscribe with a key of its connections. */
interface Keyed {
  id: string
  channel: string
  deviceKeys?: { publicKey(settings: JsonObject): { id: string } | null }
}

/**
 * Browsers that subscribed with a key which no connection has any more can never be reached again. They are marked, and their
 * owners are notified in their inbox, in the transaction that changed the connections.
 */
export function createPushKeyWatch(dialect: Dialect, enqueue: Enqueue, clock: Clock, providers: readonly Keyed[]) {
  const keyed = new Map(providers.flatMap(({ id, channel, deviceKeys }) => (deviceKeys === undefined ? [] : [[id, { channel, deviceKeys }] as const])))
  return async (trx: Trx, provider: string): Promise<void> => {
    const own = keyed.get(provider)
    if (own === undefined) return
    const rows = await trx.selectFrom('connections').select('settings').where('provider', '=', provider).execute()
    const known = rows.flatMap(({ settings }) => own.deviceKeys.publicKey(JSON.parse(settings))?.id ?? [])
    const now = clock()
    const gone = await trx
      .updateTable('devices')
      .set({ gone_at: now, gone_reason: 'The key that it subscribed with was replaced' })
      .where('provider', '=', provider)
      .where('vapid_key', 'is not', null)
      .where('gone_at', 'is', null)
      .where('vapid_key', 'not in', dialect.among(known))
      .returning('user_id')
      .execute()
    const users = [...new Set(gone.map(({ user_id }) => user_id))]
    const events = []
    for (let at = 0; at < users.length; at += AT_ONCE)
      events.push(switchedOff(users.slice(at, at + AT_ONCE), { channel: own.channel, reason: 'the hub has a new key for push messages', newKey: true }, now))
    if (events.length > 0) await insertEvents(dialect, trx, enqueue, events)
  }
}
