import { chmod, mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** An empty folder for one run. */
export const makeHome = (): Promise<string> => mkdtemp(join(tmpdir(), 'carillon-script-'))

/** Removes it with its content, even if the script removed our write permission. */
export async function removeHome(home: string): Promise<void> {
  const remove = () => rm(home, { recursive: true, force: true })
  await remove().catch(() => unlock(home).then(remove))
}

async function unlock(folder: string): Promise<void> {
  await chmod(folder, 0o700)
  for (const entry of await readdir(folder, { withFileTypes: true })) if (entry.isDirectory()) await unlock(join(folder, entry.name))
}
