import { createHash, randomUUID } from 'node:crypto'
import { access, type FileHandle, link, open, rename, rm, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createGzip } from 'node:zlib'
import type { Batch, Counts, Foot, Head } from './format.ts'
import { checkBackup } from './read-file.ts'

export interface Written {
  rows: Counts
  /** Of the compressed file. */
  bytes: number
}

/** File systems without hard links answer one of these: FAT, many network drives. */
const NO_LINKS: readonly string[] = ['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS']

/**
 * Writes JSON lines, compressed with gzip, that only the hub's own user may read. The file gets its name when it is whole, on disk and read
 * back; an existing one is never replaced. However much the database holds, one batch at a time is in memory.
 */
export async function writeBackup(path: string, head: Head, batches: AsyncIterable<Batch>): Promise<Written> {
  if (await exists(path)) throw taken(path)
  const draft = `${path}.${randomUUID()}.partial`
  const file = await open(draft, 'wx', 0o600).catch(async (error: unknown) => {
    throw (await exists(dirname(path))) ? error : new Error(`there is no folder ${dirname(path)}: make it first, for the hub's own user`)
  })
  try {
    const rows: Counts = {}
    await pipeline(Readable.from(linesOf(head, batches, rows)), createGzip(), writingTo(file))
    await file.sync()
    await checkBackup(draft)
    const { size } = await stat(draft)
    await giveName(draft, path)
    const folder = await open(dirname(path), 'r')
    await folder.sync().finally(() => folder.close())
    return { rows, bytes: size }
  } finally {
    await file.close()
    await rm(draft, { force: true })
  }
}

async function* linesOf(head: Head, batches: AsyncIterable<Batch>, rows: Counts): AsyncGenerator<string> {
  const hash = createHash('sha256')
  const hashed = (text: string): string => {
    hash.update(text)
    return text
  }
  yield hashed(`${JSON.stringify(head)}\n`)
  let open: string | undefined
  for await (const { table, columns, rows: some } of batches) {
    if (table !== open) yield hashed(`${JSON.stringify({ table, columns })}\n`)
    open = table
    rows[table] = (rows[table] ?? 0) + some.length
    if (some.length > 0) yield hashed(some.map((row) => `${JSON.stringify(row)}\n`).join(''))
  }
  yield `${JSON.stringify({ end: true, rows, sha256: hash.digest('hex') } satisfies Foot)}\n`
}

/** Waits for each write, so that a slow disk slows the reading of the database down and memory stays small. */
const writingTo = (file: FileHandle) =>
  async function write(chunks: AsyncIterable<Buffer>): Promise<void> {
    for await (const chunk of chunks) await file.writeFile(chunk)
  }

/** A link fails when the name exists, also when somebody else made the file this very moment. */
async function giveName(draft: string, path: string): Promise<void> {
  try {
    await link(draft, path)
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : ''
    if (code === 'EEXIST' || (await exists(path))) throw taken(path)
    if (!NO_LINKS.includes(code)) throw error
    await rename(draft, path)
  }
}

const taken = (path: string): Error => new Error(`${path} exists already, and a backup never replaces a file: name another one, or a folder`)

const exists = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  )
