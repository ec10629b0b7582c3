import { chmodSync, closeSync, mkdirSync, openSync, statSync } from 'node:fs'

const OTHERS = 0o077

/** Creates a folder, and those above it, that only the hub's own user may enter, whatever the umask. One that exists keeps its rights. */
export const createOwnFolder = (folder: string): unknown => mkdirSync(folder, { recursive: true, mode: 0o700 })

/**
 * A database file that only the hub's own user may read and write, whatever the umask: created when missing, else tightened. SQLite gives the
 * files that it creates beside it the same rights. One that exists is never opened here: closing it would end the locks that this process has
 * on it (https://sqlite.org/howtocorrupt.html, 2.2).
 */
export function createOwnFile(file: string): void {
  try {
    closeSync(openSync(file, 'wx', 0o600))
  } catch (error) {
    if (!isCode(error, 'EEXIST')) throw error
    for (const one of [file, `${file}-wal`, `${file}-shm`, `${file}-journal`]) tighten(one)
  }
}

function tighten(file: string): void {
  const known = statSync(file, { throwIfNoEntry: false })
  if (known === undefined || process.platform === 'win32' || (known.mode & OTHERS) === 0) return
  try {
    chmodSync(file, known.mode & ~OTHERS & 0o777)
  } catch (error) {
    // Another user's file, which this one may use nevertheless: its owner tightens it.
    if (!isCode(error, 'EPERM')) throw error
  }
}

const isCode = (error: unknown, code: string): boolean => error instanceof Error && 'code' in error && error.code === code
