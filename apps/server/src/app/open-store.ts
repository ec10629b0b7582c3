import { join } from 'node:path'
import type { Config } from '../config.ts'
import { loadOrCreateKeyFile } from '../security/key-file.ts'
import { type KeyRing, newKeyCheck, parseKeyRing, verifyKeyCheck } from '../security/secrets.ts'
import type { Dialect } from '../storage/dialects/dialect.ts'
import { migrate } from '../storage/migrate.ts'
import { type OpenOptions, openDialect } from '../storage/open.ts'
import { keepFirstSetting } from '../storage/operations/settings.ts'

export interface Opened {
  dialect: Dialect
  ring: KeyRing
  /** Migrations that were applied by this opening. */
  applied: string[]
}

/** Opens the database for serving: migrated, durable, and with the keys that it was encrypted with. Closes it again when one of these fails. */
export async function openStore(config: Config, options: Pick<OpenOptions, 'lock' | 'onFatal' | 'commitFault'>): Promise<Opened> {
  const dialect = await openDialect(config.databaseUrl, options)
  try {
    await dialect.checkDurability()
    const { applied } = await migrate(dialect)
    const ring = parseKeyRing(config.secretKey ?? (await loadOrCreateKeyFile(join(config.dataDir, 'secret.key'))))
    await checkKeys(dialect, ring)
    return { dialect, ring, applied }
  } catch (error) {
    await dialect.close()
    throw error
  }
}

/** The first start stores a known text; every later one must be able to decrypt it. */
async function checkKeys(dialect: Dialect, ring: KeyRing): Promise<void> {
  verifyKeyCheck(ring, await keepFirstSetting(dialect, 'key_check', newKeyCheck(ring)))
}
