import type { Writer } from '../../domain/caller.ts'
import type { Clock } from '../../domain/time.ts'
import type { Dialect } from '../dialects/dialect.ts'
import type { Trx } from '../schema.ts'
import { lockUser } from './lock-user.ts'

/** The switches that a person set: a channel, or a category on a channel. Absent = on. */
export interface PreferenceBody {
  channels: { [channel: string]: boolean }
  categories: { [category: string]: { [channel: string]: boolean } }
}

/** Null removes one switch. */
export interface PreferencePatch {
  channels?: { [channel: string]: boolean | null }
  categories?: { [category: string]: { [channel: string]: boolean | null } }
}

/** One cell that a person changed; `enabled` null = the default of the event type. */
export interface CellChange {
  eventType: string
  channel: string
  enabled: boolean | null
}

/** A person's matrix and switches. Writing creates the user if an application has not described them yet. */
export function createPreferenceStore(dialect: Dialect, clock: Clock) {
  const { db } = dialect

  async function read(from: Trx | typeof db, userId: string): Promise<PreferenceBody> {
    const row = await from.selectFrom('preferences').select('body').where('user_id', '=', userId).executeTakeFirst()
    const stored: Partial<PreferenceBody> = row === undefined ? {} : JSON.parse(row.body)
    return { ...NOTHING_SWITCHED, ...stored }
  }

  return {
    get: (userId: string) => read(db, userId),
    patch: (writer: Writer, patch: PreferencePatch): Promise<PreferenceBody> =>
      db.transaction().execute(async (trx) => {
        const now = clock()
        const { userId } = writer
        await lockUser(dialect, trx, writer, now)
        const next = merge(await read(trx, userId), patch)
        const body = JSON.stringify(next)
        await trx
          .insertInto('preferences')
          .values({ user_id: userId, body, updated_at: now })
          .onConflict((conflict) => conflict.column('user_id').doUpdateSet({ body, updated_at: now }))
          .execute()
        return next
      }),
    routes: (userId: string): Promise<{ event_type: string; channel: string; enabled: 0 | 1 }[]> =>
      db.selectFrom('routes').select(['event_type', 'channel', 'enabled']).where('user_id', '=', userId).execute(),
    putRoutes: (writer: Writer, cells: readonly CellChange[]): Promise<void> =>
      db.transaction().execute(async (trx) => {
        const { userId } = writer
        await lockUser(dialect, trx, writer, clock())
        for (const { eventType, channel, enabled } of cells) {
          if (enabled === null)
            await trx.deleteFrom('routes').where('user_id', '=', userId).where('event_type', '=', eventType).where('channel', '=', channel).execute()
          else {
            const flag = enabled ? 1 : 0
            await trx
              .insertInto('routes')
              .values({ user_id: userId, event_type: eventType, channel, enabled: flag })
              .onConflict((conflict) => conflict.columns(['user_id', 'event_type', 'channel']).doUpdateSet({ enabled: flag }))
              .execute()
          }
        }
      }),
  }
}

export type PreferenceStore = ReturnType<typeof createPreferenceStore>

/** The switches of a person who changed nothing. */
const NOTHING_SWITCHED: PreferenceBody = { channels: {}, categories: {} }

/** Pure: the stored switches with a patch on top. Fields that a newer version stored beside them stay. */
function merge(stored: PreferenceBody, patch: PreferencePatch): PreferenceBody {
  // Field by field, so that a field of the body that is not merged here does not compile.
  const merged: PreferenceBody = {
    channels: mergeSwitches(stored.channels, patch.channels ?? {}),
    categories: mergeCategories(stored.categories, patch.categories ?? {}),
  }
  return { ...stored, ...merged }
}

function mergeCategories(stored: PreferenceBody['categories'], patch: NonNullable<PreferencePatch['categories']>): PreferenceBody['categories'] {
  const next = { ...stored }
  for (const [category, switches] of Object.entries(patch)) {
    const merged = mergeSwitches(next[category] ?? {}, switches)
    if (Object.keys(merged).length === 0) delete next[category]
    else next[category] = merged
  }
  return next
}

function mergeSwitches(stored: { [name: string]: boolean }, patch: { [name: string]: boolean | null }): { [name: string]: boolean } {
  const next = { ...stored }
  for (const [name, on] of Object.entries(patch)) {
    if (on === null) delete next[name]
    else next[name] = on
  }
  return next
}
