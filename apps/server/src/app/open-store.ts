import type { Config } from '../config.ts'
import { StartError } from '../domain/start-error.ts'
import { type KeyRing, newKeyCheck } from '../security/secrets.ts'
import type { Dialect } from '../storage/dialects/dialect.ts'
import { migrate } from '../storage/migrate.ts'
import { type OpenOptions, openDialect, openError } from '../storage/open.ts'
import { keepFirstSetting } from '../storage/operations/settings.ts'
import { checkKeys, loadKeys } from './secret-key.ts'

export interface Opened {
  dialect: Dialect
  ring: KeyRing
  /** Migrations that were applied by this opening. */
  applied: string[]
}

/** Opens the database for serving: migrated, durable, and with the keys that it was encrypted with. Closes it again when one of these fails. */
export async function openStore(config: Config, options: Pick<OpenOptions, 'lock' | 'onFatal' | 'commitFault' | 'onWaiting'>): Promise<Opened> {
  const dialect = await openDialect(config.databaseUrl, options)
  try {
    await dialect.checkDurability()
    const { applied } = await migrate(dialect)
    const ring = await loadKeys(config)
    // The first start stores a known text; every later one must be able to decrypt it.
    checkKeys(config, ring, await keepFirstSetting(dialect, 'key_check', newKeyCheck(ring)))
    return { dialect, ring, applied }
  } catch (error) {
    await dialect.close()
    throw error instanceof StartError ? error : openError(error, config.databaseUrl)
  }
}
