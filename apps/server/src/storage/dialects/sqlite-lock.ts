import { existsSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { StartError } from '../../domain/start-error.ts'
import { createOwnFile } from './own-files.ts'

/**
 * Locks the hub's data for one process: an exclusive transaction on a small file beside it, which the operating system ends together with
 * the process, also after `kill -9`. Throws when another process holds the lock. Returns a function that releases it.
 */
export function lockForServing(file: string): () => void {
  createOwnFile(`${file}.lock`)
  const lock = new DatabaseSync(`${file}.lock`, { timeout: 0 })
  try {
    lock.exec('begin exclusive')
  } catch (cause) {
    lock.close()
    if (!isBusy(cause)) throw cause
    throw new StartError(
      `${file} is already served by another process; stop that one first, or give this one its own CARILLON_DATA_DIR or CARILLON_DATABASE_URL`,
      cause,
    )
  }
  return () => lock.close()
}

/** Whether a process serves this file now. It looks with a read, which ends at once. */
export function isServed(file: string): boolean {
  if (!existsSync(`${file}.lock`)) return false
  const lock = new DatabaseSync(`${file}.lock`, { timeout: 0, readOnly: true })
  try {
    lock.prepare('select count(*) from sqlite_master').get()
    return false
  } catch (cause) {
    if (isBusy(cause)) return true
    throw cause
  } finally {
    lock.close()
  }
}

/** SQLITE_BUSY: https://www.sqlite.org/rescode.html#busy */
const isBusy = (error: unknown): boolean => error instanceof Error && 'errcode' in error && error.errcode === 5
