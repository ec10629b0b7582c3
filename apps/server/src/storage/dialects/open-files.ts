import { statSync } from 'node:fs'

/**
 * SQLite goes on with the files that it has open when somebody removes or replaces them, and a removed write-ahead log takes every commit since the last
 * checkpoint with it (https://sqlite.org/howtocorrupt.html, 2.4 and 4.2). Returns a function that names the first such file, or null.
 */
export function watchOpenFiles(file: string): () => string | null {
  const known = [file, `${file}-wal`].map((path) => ({ path, id: idOf(path) }))
  return () => known.find(({ path, id }) => id !== null && idOf(path) !== id)?.path ?? null
}

/** The file itself, whatever its name. */
function idOf(path: string): string | null {
  const known = statSync(path, { throwIfNoEntry: false })
  return known === undefined ? null : `${known.dev} ${known.ino}`
}
