import type { Opener } from '../../domain/caller.ts'
import { newId } from '../../domain/id.ts'
import { type Clock, HOUR, type Millis, SECOND } from '../../domain/time.ts'
import type { Dialect } from '../dialects/dialect.ts'

/** A ticket is for the URL of one stream. URLs may be logged, so it works once and only for a short time. */
const LIFETIME = 60 * SECOND
const PURPOSE = 'inbox_stream'

/** Single-use stream tickets. Only their hashes are kept. */
export function createTicketStore(dialect: Dialect, clock: Clock) {
  return {
    async issue(hash: string, { userId, ...by }: Opener): Promise<Millis> {
      const now = clock()
      const expiresAt = now + LIFETIME
      await dialect.db.transaction().execute(async (trx) => {
        // Issuing deletes old tickets, so the table stays as small as the traffic of an hour.
        await trx
          .deleteFrom('tokens')
          .where('expires_at', '<', now - HOUR)
          .where('purpose', '=', PURPOSE)
          .execute()
        await trx
          .insertInto('tokens')
          .values({
            id: newId('tok', now),
            purpose: PURPOSE,
            hash,
            user_id: userId,
            ref: JSON.stringify(by),
            expires_at: expiresAt,
            used_at: null,
            tries: 0,
          })
          .execute()
      })
      return expiresAt
    },

    /** Consumes the ticket; null when it is unknown, already used, or older than 60 s. One statement, so two callers cannot both succeed. */
    async redeem(hash: string): Promise<Opener | null> {
      const now = clock()
      const row = await dialect.db
        .updateTable('tokens')
        .set({ used_at: now })
        .where('purpose', '=', PURPOSE)
        .where('hash', '=', hash)
        .where('used_at', 'is', null)
        .where('expires_at', '>', now)
        .returning(['user_id', 'ref'])
        .executeTakeFirst()
      if (row === undefined || row.ref === null) return null
      const { epoch, credential }: Omit<Opener, 'userId'> = JSON.parse(row.ref)
      return { userId: row.user_id, epoch, credential }
    },
  }
}
