import { join } from 'node:path'
import type { Config } from '../config.ts'
import { StartError } from '../domain/start-error.ts'
import { loadOrCreateKeyFile } from '../security/key-file.ts'
import { type KeyRing, parseKeyRing, verifyKeyCheck } from '../security/secrets.ts'
import { fileTrouble } from '../storage/open-error.ts'

type Keys = Pick<Config, 'secretKey' | 'dataDir'>

const VARIABLE = 'CARILLON_SECRET_KEY'
const fileOf = ({ dataDir }: Keys): string => join(dataDir, 'secret.key')

/** The hub's keys: from the environment, else from the key file, which the first start makes. Throws a `StartError`, which contains no key. */
export async function loadKeys(config: Keys): Promise<KeyRing> {
  if (config.secretKey !== null) return parsed(config.secretKey, VARIABLE)
  const path = fileOf(config)
  const text = await loadOrCreateKeyFile(path).catch((error: unknown) => {
    const why = fileTrouble(error) ?? (error instanceof Error ? error.message : String(error))
    throw new StartError(
      `The key file ${path} cannot be used: ${why}. Mend it, set CARILLON_DATA_DIR to another folder, or give the key in ${VARIABLE}.`,
      error,
    )
  })
  return parsed(text, `The key file ${path}`)
}

function parsed(text: string, where: string): KeyRing {
  try {
    return parseKeyRing(text)
  } catch (error) {
    const why = error instanceof Error ? error.message.replace(/^CARILLON_SECRET_KEY(: | )/, '') : String(error)
    throw new StartError(`${where}: ${why}`, error)
  }
}

/** Throws a `StartError` when this database was encrypted with other keys; it names the id of the key that is expected. */
export function checkKeys(config: Keys, ring: KeyRing, stored: string): void {
  try {
    verifyKeyCheck(ring, stored)
  } catch (error) {
    const expected = stored.split('.')[1] ?? ''
    const where = config.secretKey === null ? `the key file ${fileOf(config)}` : VARIABLE
    const have = expected === ring.current ? `another key with the same id` : `key "${ring.current}" first`
    throw new StartError(
      `${VARIABLE} does not open this database: its secrets were encrypted with key "${expected}", and ${where} has ${have}. Give the key that it was encrypted with, behind the new one if you changed it.`,
      error,
    )
  }
}
