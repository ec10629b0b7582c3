import { realpathSync } from 'node:fs'
import { join } from 'node:path'

/** A folder with a hub that can be started, its command, and the Node that it is started with. Absolute paths. */
export interface Checkout {
  folder: string
  main: string
  node: string
}

const MAIN = join('apps', 'server', 'bin', 'carillon.mjs')

const root = realpathSync(join(import.meta.dirname, '..', '..'))

export const thisCheckout: Checkout = { folder: root, main: join(root, MAIN), node: process.execPath }

/** The checkout in a folder, or a sentence that says why there is none to compare this one with. */
export function openCheckout(folder: string): Checkout | string {
  const real = realPath(folder)
  if (real === null) return `There is no folder ${folder}.`
  if (real === root) return `${folder} is this checkout itself; --against wants another one, such as a git worktree of a commit before.`
  const main = join(real, MAIN)
  if (realPath(main) === null) return `${folder} is not a checkout of Carillon: it has no ${MAIN}.`
  const modules = realPath(join(real, 'node_modules'))
  if (modules === null) return `${folder} has no node_modules: run npm ci there first.`
  if (modules !== join(real, 'node_modules'))
    return `The node_modules of ${folder} is a link to ${modules}: run npm ci there, so that it has packages of its own.`
  const node = realPath(join(modules, '.bin', 'node'))
  return node === null ? `${folder} has no Node of its own in node_modules/.bin: run npm ci there first.` : { folder: real, main, node }
}

function realPath(path: string): string | null {
  try {
    return realpathSync(path)
  } catch {
    return null
  }
}
