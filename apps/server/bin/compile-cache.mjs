import { accessSync, constants, lstatSync, mkdirSync } from 'node:fs'
import { enableCompileCache } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const uid = process.getuid?.()

/**
 * Keeps compiled code for the next start, in this folder, or else in one of the user's own in the temporary folder. Without a folder that can be
 * written, or with NODE_DISABLE_COMPILE_CACHE, the hub starts without a cache: slower, and larger by Node's type stripper. NODE_COMPILE_CACHE names another one.
 * @param {URL} beside
 */
export function keepCompiled(beside) {
  if (process.env['NODE_COMPILE_CACHE'] !== undefined) return // Node has read it
  const folder = [fileURLToPath(beside), join(tmpdir(), `carillon-compile-${uid ?? 'cache'}`)].find(isOwn)
  if (folder !== undefined) enableCompileCache(folder)
}

/**
 * Whether only this user can write there: compiled code of somebody else would run with our rights.
 * @param {string} folder
 */
export function isOwn(folder) {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 })
    accessSync(folder, constants.W_OK)
    const found = lstatSync(folder)
    return found.isDirectory() && (uid === undefined || (found.uid === uid && (found.mode & 0o022) === 0))
  } catch {
    return false
  }
}
