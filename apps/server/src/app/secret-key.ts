import { join } from 'node:path'
import type { Config } from '../config.ts'
import { StartError } from '../domain/start-error.ts'
import { loadOrCreateKeyFile, readKeyFile } from '../security/key-file.ts'
import { type KeyRing, parseKeyRing, verifyKeyCheck } from '../security/secrets.ts'
import { fileTrouble } from '../storage/open-error.ts'

type Keys = Pick<Config, 'secretKey' | 'dataDir'>

const VARIABLE = 'CARILLON_SECRET_KEY'
const fileOf = ({ dataDir }: Keys): string => join(dataDir, 'secret.key')

/** The keys from the environment, else from the key file; makes none. Null when neither is there. Throws a `StartError`, which contains no key. */
export async function givenKeys(config: Keys): Promise<KeyRing | null> {
  if (config.secretKey !== null) return parsed(config.secretKey, VARIABLE)
  const text = await readKeyFile(fileOf(config)).catch(unusable(config))
  return text === null ? null : parsed(text, `The key file ${fileOf(config)}`)
}

/** The keys of a database that nobody has started: a new key file, or the one that another process has just made. */
export async function makeKeys(config: Keys): Promise<KeyRing> {
  return parsed(await loadOrCreateKeyFile(fileOf(config)).catch(unusable(config)), `The key file ${fileOf(config)}`)
}

const unusable = (config: Keys) => (error: unknown) => {
  const why = fileTrouble(error) ?? (error instanceof Error ? error.message : String(error))
  throw new StartError(
    `The key file ${fileOf(config)} cannot be used: ${why}. Mend it, set CARILLON_DATA_DIR to another folder, or give the key in ${VARIABLE}.`,
    error,
  )
}

function parsed(text: string, where: string): KeyRing {
  try {
    return parseKeyRing(text)
  } catch (error) {
    const why = error instanceof Error ? error.message.replace(/^CARILLON_SECRET_KEY(: | )/, '') : String(error)
    throw new StartError(`${where}: ${why}`, error)
  }
}

/**
 * Throws a `StartError` when a database that was started before (`stored` is its key check) is not opened by the given keys; it says where they were
 * looked for, and names the id of the key that is expected.
 */
export function checkKeys(config: Keys, given: KeyRing | null, stored: string | null): void {
  if (stored === null) return
  const expected = stored.split('.')[1] ?? ''
  if (given === null)
    throw new StartError(
      `${fileOf(config)} is missing, and the secrets of this database were encrypted with key "${expected}". Put the file back (CARILLON_DATA_DIR is its folder), or set ${VARIABLE} to its content: with another key no stored secret could be read.`,
    )
  try {
    verifyKeyCheck(given, stored)
  } catch (error) {
    const where = config.secretKey === null ? `the key file ${fileOf(config)}` : VARIABLE
    const have = given.ids.includes(expected) ? `another key with the same id` : `key "${given.current}" first`
    throw new StartError(
      `${VARIABLE} does not open this database: its secrets were encrypted with key "${expected}", and ${where} has ${have}. Give the key that it was encrypted with, behind the new one if you changed it.`,
      error,
    )
  }
}
