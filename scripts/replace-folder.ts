import { existsSync, mkdirSync, readdirSync, readFileSync, realpathSync, renameSync, rmSync, statSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'

/** What a bundle consists of, and the compile cache of the hub that ran from it. */
const PARTS: readonly string[] = ['bin', 'chunks', 'node_modules', 'package.json', 'LICENSE', 'THIRD-PARTY-LICENSES.txt', '.cache']

/**
 * Makes a folder anew: `write` fills one beside it, which takes its place at the end, so that a build that fails leaves the old one whole.
 * Throws, before it writes, for a folder that holds anything but a bundle: everything in it would be deleted.
 */
export async function replaceFolder(given: string, write: (fresh: string) => Promise<void>): Promise<void> {
  // The folder itself, not a link to it: a rename would put a folder in place of the link.
  const folder = existsSync(given) ? realpathSync(given) : resolve(given)
  refuseOthers(folder)
  const [fresh, old] = [`${folder}.new-${process.pid}`, `${folder}.old-${process.pid}`]
  mkdirSync(dirname(folder), { recursive: true })
  mkdirSync(fresh)
  try {
    await write(fresh)
    // Once more: it took seconds.
    refuseOthers(folder)
    swap(folder, fresh, old)
    rmSync(old, { recursive: true, force: true })
  } finally {
    rmSync(fresh, { recursive: true, force: true })
  }
}

function swap(folder: string, fresh: string, old: string): void {
  if (existsSync(folder)) renameSync(folder, old)
  try {
    renameSync(fresh, folder)
  } catch (error) {
    if (existsSync(old)) renameSync(old, folder)
    throw error
  }
}

/** Passes a folder that is missing, empty, or a bundle and nothing else. */
function refuseOthers(folder: string): void {
  if (!existsSync(folder)) return
  if (!statSync(folder).isDirectory()) throw new Error(`${folder} is not a folder. Name one that does not exist yet.`)
  const found = readdirSync(folder)
  if (found.length === 0) return
  if (!isBundle(folder)) throw new Error(`${folder} is not empty and not a bundle of Carillon, so it is not replaced. Name a folder that is missing or empty.`)
  const others = found.filter((name) => !PARTS.includes(name))
  if (others.length > 0) throw new Error(`${folder} holds ${others.join(', ')}, which is no part of a bundle and would be deleted. Move it elsewhere.`)
}

function isBundle(folder: string): boolean {
  const manifest = join(folder, 'package.json')
  return existsSync(manifest) && JSON.parse(readFileSync(manifest, 'utf8')).name === 'carillon'
}
