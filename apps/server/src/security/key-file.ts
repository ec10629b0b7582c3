import { randomUUID } from 'node:crypto'
import { link, mkdir, open, readFile, rm, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { newKey } from './secrets.ts'

/**
 * The text of a key ring in a file of mode 0600, created if missing: for SQLite only, where the key may be next to the data of the one
 * process that reads it. Throws when others may read the file.
 */
export async function loadOrCreateKeyFile(path: string): Promise<string> {
  const there = await readKeyFile(path)
  if (there !== null) return there
  await createKeyFile(path)
  const made = await readKeyFile(path)
  if (made === null) throw new Error(`${path} disappeared while it was made`)
  return made
}

/** The ring's text, or null when there is no such file. Throws when others may read it. */
export async function readKeyFile(path: string): Promise<string | null> {
  try {
    const { mode } = await stat(path)
    if (process.platform !== 'win32' && (mode & 0o077) !== 0) throw new Error(`${path} holds the hub's secret key and others may read it: chmod 600 ${path}`)
    return (await readFile(path, 'utf8')).trim()
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null
    throw error
  }
}

/** Written atomically, synced before anything is encrypted with it, and never over an existing file. */
async function createKeyFile(path: string): Promise<void> {
  const folder = dirname(path)
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const draft = `${path}.${randomUUID()}.new`
  const file = await open(draft, 'wx', 0o600)
  try {
    await file.writeFile(`${newKey('main')}\n`)
    await file.sync()
    await link(draft, path).catch((error: unknown) => {
      if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error // another process was faster: use its key
    })
    const directory = await open(folder, 'r')
    await directory.sync().finally(() => directory.close())
  } finally {
    await file.close()
    await rm(draft, { force: true })
  }
}
