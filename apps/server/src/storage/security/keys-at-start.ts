import type { Dialect } from '../dialects/dialect.ts'
import { putSetting } from '../operations/settings.ts'

const KEY = 'keys_at_start'

/** Keeps the ids of the keys with which a hub starts. Of several nodes the last start counts. */
export const noteKeysAtStart = (dialect: Dialect, ids: readonly string[]): Promise<void> => putSetting(dialect, KEY, ids.join(','))

/** The ids that the last start has noted; null when none has. */
export async function keysAtStart({ db }: Dialect): Promise<string[] | null> {
  const row = await db.selectFrom('settings').select('value').where('key', '=', KEY).executeTakeFirst()
  return row === undefined ? null : row.value.split(',')
}
