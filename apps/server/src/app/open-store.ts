import type { Config } from '../config.ts'
import { StartError } from '../domain/start-error.ts'
import { type KeyRing, newKeyCheck } from '../security/secrets.ts'
import type { Dialect } from '../storage/dialects/dialect.ts'
import { isEmpty, migrate } from '../storage/migrate.ts'
import { type OpenOptions, openDialect, openError } from '../storage/open.ts'
import { keyCheck } from '../storage/operations/checkup.ts'
import { keepFirstSetting } from '../storage/operations/settings.ts'
import { checkKeys, givenKeys, makeKeys } from './secret-key.ts'

export interface Opened {
  dialect: Dialect
  ring: KeyRing
  /** Migrations that were applied by this opening. */
  applied: string[]
}

/**
 * Opens the database for serving: migrated, durable, and with the keys that it was encrypted with. Closes it again when one of these fails. The keys
 * are compared before anything is written: a start in the wrong environment migrates nothing and makes no key file.
 */
export async function openStore(config: Config, options: Pick<OpenOptions, 'lock' | 'onFatal' | 'commitFault' | 'onWaiting'>): Promise<Opened> {
  const dialect = await openDialect(config.databaseUrl, options)
  try {
    await dialect.checkDurability()
    const given = await givenKeys(config)
    if (!(await isEmpty(dialect))) checkKeys(config, given, await keyCheck(dialect))
    const { applied } = await migrate(dialect)
    const ring = given ?? (await makeKeys(config))
    // The first start stores a known text; every later one must be able to decrypt it.
    checkKeys(config, ring, await keepFirstSetting(dialect, 'key_check', newKeyCheck(ring)))
    return { dialect, ring, applied }
  } catch (error) {
    await dialect.close()
    throw error instanceof StartError ? error : openError(error, config.databaseUrl)
  }
}
