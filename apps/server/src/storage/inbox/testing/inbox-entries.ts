import { newId } from '../../../domain/id.ts'
import type { JsonObject } from '../../../domain/json.ts'
import type { Clock, Millis } from '../../../domain/time.ts'
import type { Dialect } from '../../dialects/dialect.ts'
import type { Trx } from '../../schema.ts'
import { insertEvents, insertNotifications } from '../../testing/rows.ts'

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
    const events = await insertEvents(
      dialect,
      entries.map(({ type = 'build.failed', data = {}, expiresAt = null }) => ({
        ...{ type, data: JSON.stringify(data), severity: 'error', priority: 2, expires_at: expiresAt, accepted_at: now, planned_at: now },
        id: newId('evt', now),
      })),
      trx,
    )
    const numbers = await dialect.numbers(trx, entries.length)
    const ids = await insertNotifications(
      dialect,
      entries.map(({ user, type = 'build.failed', category = 'builds', expiresAt = null, visible = true }, i) => ({
        ...{ user_id: user, type, category, severity: 'error', priority: 2, created_at: now, expires_at: expiresAt, visible: visible ? 1 : 0 },
        ...{ id: newId('ntf', now), n: numbers[i]!, event: events[i]! },
      })),
      trx,
    )
    await inboxChanged(
      trx,
      entries.map(({ user }) => user),
      numbers[0]!,
    )
    return ids
  }

  return { write, add: (...entries: Entry[]) => dialect.db.transaction().execute((trx) => write(trx, entries)) }
}
