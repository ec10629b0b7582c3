import type { Idempotency, KeyClaim } from '../../domain/report.ts'
import { type Clock, DAY, MINUTE } from '../../domain/time.ts'
import type { Dialect } from '../dialects/dialect.ts'
import { eventKeyOf } from './key-parts.ts'

/** How long a key is stored, in milliseconds. */
export const KEY_TTL = DAY
/** A request that runs longer than this died with its process; its key may be taken over. */
export const ABANDONED = MINUTE

/** Idempotency keys of the routes whose work is not one transaction with the key. The intake of events claims its keys in event-keys.ts. */
export function createIdempotencyStore(dialect: Dialect, clock: Clock) {
  const { db } = dialect
  return {
    /**
     * Claims the key, or returns the state of the request that holds it. One statement decides, so two cannot both be first. `userId`: the user whom
     * the answer concerns; it is removed with them.
     */
    async claim({ key, hash }: Idempotency, userId: string | null): Promise<KeyClaim> {
      const now = clock()
      // The hash names the route, so no other request with this key is the same one. A report that takes the key from here on is carried out as well.
      if (await dialect.eventKeys.isTaken(eventKeyOf(key), now - KEY_TTL)) return { kind: 'mismatch' }
      const won = await db
        .insertInto('idempotency_keys')
        .values({ key, hash, status: 0, body: '', at: now, user_id: userId })
        .onConflict((conflict) =>
          conflict
            .column('key')
            .doUpdateSet({ hash, status: 0, body: '', at: now, user_id: userId })
            .where((eb) =>
              eb.or([
                eb('idempotency_keys.at', '<', now - KEY_TTL),
                eb.and([eb('idempotency_keys.status', '=', 0), eb('idempotency_keys.hash', '=', hash), eb('idempotency_keys.at', '<', now - ABANDONED)]),
              ]),
            ),
        )
        .returning('key')
        .executeTakeFirst()
      if (won !== undefined) return { kind: 'first' }
      const row = await db.selectFrom('idempotency_keys').selectAll().where('key', '=', key).executeTakeFirst()
      if (row === undefined) return { kind: 'running' }
      if (row.hash !== hash) return { kind: 'mismatch' }
      return row.status === 0 ? { kind: 'running' } : { kind: 'answered', status: row.status, body: row.body }
    },
    async answer(key: string, status: number, body: string): Promise<void> {
      await db.updateTable('idempotency_keys').set({ status, body }).where('key', '=', key).execute()
    },
    /** The request failed without a response to store: the next one with this key is the first again. */
    async forget(key: string): Promise<void> {
      await db.deleteFrom('idempotency_keys').where('key', '=', key).where('status', '=', 0).execute()
    },
    /** Removes keys older than a day, at most `limit` at once; returns how many. */
    async prune(limit = 1000): Promise<number> {
      const old = db
        .selectFrom('idempotency_keys')
        .select('key')
        .where('at', '<', clock() - KEY_TTL)
        .limit(limit)
      const { numDeletedRows } = await db.deleteFrom('idempotency_keys').where('key', 'in', old).executeTakeFirstOrThrow()
      return Number(numDeletedRows)
    },
    /** One step of removing expired keys of events; returns whether there is more to do. */
    pruneEventKeys: (): Promise<boolean> => dialect.eventKeys.prune(clock() - KEY_TTL),
    /** One step of moving keys of events from memory to where they are found; returns whether there is more to do. */
    mergeEventKeys: (): Promise<boolean> => dialect.eventKeys.merge(),
  }
}
