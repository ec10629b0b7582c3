import { accessSync, constants, lstatSync, mkdirSync, statSync } from 'node:fs'
import { enableCompileCache } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const uid = process.getuid?.()
const OTHERS_WRITE = 0o022
/** In such a folder, as /tmp, only its owner and that of an entry may rename the entry. */
const STICKY = 0o1000

/**
 * Keeps compiled code for the next start, in this folder, or else in one of the user's own in the temporary folder. Without a folder that can be
 * written, or with NODE_DISABLE_COMPILE_CACHE, the hub starts without a cache: slower, and larger by Node's type stripper. NODE_COMPILE_CACHE names another one, which is not checked.
 * @param {URL} beside
 */
export function keepCompiled(beside) {
  if (process.env['NODE_COMPILE_CACHE'] !== undefined) return // Node has read it
  const folder = [fileURLToPath(beside), join(tmpdir(), `carillon-compile-${uid ?? 'cache'}`)].find(isOwn)
  if (folder !== undefined) enableCompileCache(folder)
}

/**
 * Whether only this user can write there, and nobody else can put another folder in its place: compiled code of somebody else would run with our rights.
 * @param {string} folder
 */
export function isOwn(folder) {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 })
    accessSync(folder, constants.W_OK)
    const found = lstatSync(folder)
    if (!found.isDirectory()) return false
    return uid === undefined || (found.uid === uid && (found.mode & OTHERS_WRITE) === 0 && keepsNames(statSync(dirname(folder))))
  } catch {
    return false
  }
}

/**
 * Whether the entries of this folder can be renamed by its owner and theirs alone, and the owner is the user or root.
 * @param {import('node:fs').Stats} parent
 */
const keepsNames = (parent) => (parent.uid === uid || parent.uid === 0) && ((parent.mode & OTHERS_WRITE) === 0 || (parent.mode & STICKY) !== 0)
