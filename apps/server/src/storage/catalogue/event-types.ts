import type { By } from '../../domain/by.ts'
import type { EventType } from '../../domain/event-type.ts'
import type { Clock } from '../../domain/time.ts'
import { audit } from '../audit.ts'
import { configChanged } from '../config-changes.ts'
import type { Dialect } from '../dialects/dialect.ts'

/** Event types stored by the API; those in code are not stored. */
export function createEventTypeStore(dialect: Dialect, clock: Clock) {
  const { db } = dialect
  return {
    async all(): Promise<EventType[]> {
      const rows = await db.selectFrom('event_types').select('body').orderBy('key').execute()
      return rows.map(({ body }): EventType => JSON.parse(body))
    },
    async put(eventType: EventType, by: By): Promise<void> {
      const now = clock()
      const body = JSON.stringify(eventType)
      await db.transaction().execute(async (trx) => {
        await trx
          .insertInto('event_types')
          .values({ key: eventType.key, body, source: 'api', created_at: now, updated_at: now })
          .onConflict((conflict) => conflict.column('key').doUpdateSet({ body, source: 'api', updated_at: now }))
          .execute()
        await audit(trx, {
          ...by,
          action: 'event_type.put',
          target: eventType.key,
          detail: { category: eventType.category, critical: eventType.critical },
          at: now,
        })
        await configChanged(dialect, trx, 'event-types')
      })
    },
    remove: (key: string, by: By): Promise<boolean> =>
      db.transaction().execute(async (trx) => {
        const { numDeletedRows } = await trx.deleteFrom('event_types').where('key', '=', key).executeTakeFirstOrThrow()
        if (numDeletedRows === 0n) return false
        await audit(trx, { ...by, action: 'event_type.deleted', target: key, at: clock() })
        await configChanged(dialect, trx, 'event-types')
        return true
      }),
  }
}

export type EventTypeStore = ReturnType<typeof createEventTypeStore>
