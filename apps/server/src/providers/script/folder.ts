import { accessSync, constants, lstatSync, realpathSync, statSync } from 'node:fs'
import { basename, dirname, isAbsolute, join, sep } from 'node:path'
import type { FoundScript } from '../kit/scripts.ts'

const OTHERS_WRITE = 0o022
/** setuid and setgid. */
const OTHER_RIGHTS = 0o6000

/** Whether the scripts folder exists; without it every script is refused. */
export const isFolder = (path: string): boolean => statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false

/**
 * Resolves a name or an absolute path to a file that may run: a regular file whose real path lies in the folder, executable, without setuid
 * and setgid, and neither it nor a folder above it (up to the scripts folder) is writable by anyone but its owner. Checked again before each run.
 */
export function findScript(folder: string, given: string): FoundScript {
  if (!isAbsolute(given) && (given !== basename(given) || given === '.' || given === '..'))
    return { problem: 'must be the name of a file in the scripts folder, or an absolute path inside it' }
  let root: string
  try {
    root = realpathSync(folder)
  } catch {
    return { problem: 'cannot be looked for: the folder that CARILLON_SCRIPTS_DIR names does not exist' }
  }
  let path: string
  try {
    path = realpathSync(isAbsolute(given) ? given : join(root, given))
  } catch {
    return { problem: 'does not exist in the scripts folder' }
  }
  if (!path.startsWith(root.endsWith(sep) ? root : root + sep)) return { problem: 'leads out of the scripts folder' }
  const file = lstatSync(path)
  if (!file.isFile()) return { problem: 'is not a regular file' }
  if ((file.mode & OTHER_RIGHTS) !== 0) return { problem: 'runs with the rights of its owner or group (setuid, setgid); run `chmod ug-s` on it' }
  if ((file.mode & OTHERS_WRITE) !== 0) return { problem: 'is writable by group or others; run `chmod go-w` on it' }
  for (let above = dirname(path); above.length >= root.length; above = dirname(above)) {
    if ((statSync(above).mode & OTHERS_WRITE) !== 0) return { problem: 'lies in a folder that is writable by group or others; run `chmod go-w` on it' }
    if (above === root) break
  }
  try {
    accessSync(path, constants.X_OK)
  } catch {
    return { problem: 'is not executable' }
  }
  return { path }
}
