import { newId } from '../../../domain/id.ts'
import type { JsonObject } from '../../../domain/json.ts'
import type { Clock, Millis } from '../../../domain/time.ts'
import type { Dialect } from '../../dialects/dialect.ts'
import type { Trx } from '../../schema.ts'

export interface Entry {
  user: string
  type?: string
  category?: string
  data?: JsonObject
  expiresAt?: Millis
  visible?: boolean
}

/** Creates inbox entries as the fan-out does: event and notifications in one transaction, which notifies the streams. */
export function createEntryWriter(
  dialect: Dialect,
  clock: Clock,
  inboxChanged: (trx: Trx, userIds: string[], since: number) => Promise<void> = async () => {},
) {
  /** Inside the test's own transaction. */
  async function write(trx: Trx, entries: Entry[]): Promise<string[]> {
    const now = clock()
    const numbers = await dialect.changes(trx, entries.length)
    const ids: string[] = []
    for (const [i, { user, type = 'build.failed', category = 'builds', data = {}, expiresAt = null, visible = true }] of entries.entries()) {
      const [event, id] = [newId('evt', now), newId('ntf', now)]
      await trx
        .insertInto('events')
        .values({
          id: event,
          type,
          audience: '[]',
          data: JSON.stringify(data),
          sensitive: null,
          actor: null,
          channels: null,
          dedup_key: null,
          tags: '[]',
          severity: 'error',
          priority: 2,
          url: null,
          send_at: null,
          expires_at: expiresAt,
          accepted_at: now,
          state: 'planned',
          cursor: null,
          planned_at: now,
        })
        .execute()
      await trx
        .insertInto('notifications')
        .values({
          id,
          event_id: event,
          user_id: user,
          type,
          category,
          severity: 'error',
          priority: 2,
          created_at: now,
          expires_at: expiresAt,
          visible: visible ? 1 : 0,
          seen_at: null,
          read_at: null,
          archived_at: null,
          snoozed_until: null,
          acted_at: null,
          deleted_at: null,
          changed: numbers[i]!,
          decision_set: 1,
        })
        .execute()
      ids.push(id)
    }
    await inboxChanged(
      trx,
      entries.map(({ user }) => user),
      numbers[0]!,
    )
    return ids
  }

  return { write, add: (...entries: Entry[]) => dialect.db.transaction().execute((trx) => write(trx, entries)) }
}
