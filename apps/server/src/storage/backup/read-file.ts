import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { createGunzip } from 'node:zlib'
import { type Batch, BrokenBackup, type Cell, type Counts, type Head, parseFoot, parseHead, parseRow, parseTable } from './format.ts'

/** Rows that are handed on together, and bytes of their lines: a file that somebody made may have rows of any size. */
const BATCH = 200
const BATCH_BYTES = 8 * 1024 * 1024
/** No row is longer: a longer line is no backup. */
const LONGEST_LINE = 64 * 1024 * 1024

/** The first line of a backup. Throws `BrokenBackup`. */
export async function readHead(path: string): Promise<Head> {
  for await (const line of linesOf(path)) return parseHead(parsed(line))
  throw new BrokenBackup('the file is empty')
}

/** Its rows, in the order in which they were written. Throws `BrokenBackup` for any difference to what was written, at the latest at its end. */
export async function* readBatches(path: string): AsyncGenerator<Batch> {
  const hash = createHash('sha256')
  const counts: Counts = {}
  let open: Pick<Batch, 'table' | 'columns'> | null = null
  let rows: Cell[][] = []
  let bytes = 0
  let head = true
  let ended = false
  for await (const line of linesOf(path)) {
    if (ended) throw new BrokenBackup('the backup goes on behind its end')
    const value = parsed(line)
    const foot = parseFoot(value)
    if (foot !== null) {
      if (open !== null && rows.length > 0) yield { ...open, rows }
      if (hash.digest('hex') !== foot.sha256) throw new BrokenBackup('the backup was changed: its checksum differs')
      if (!sameCounts(counts, foot.rows)) throw new BrokenBackup('the backup does not hold the rows that it says it has')
      ended = true
      continue
    }
    hash.update(line).update('\n')
    if (head) {
      head = false
      continue
    }
    const table = parseTable(value)
    if (table !== null) {
      if (open !== null && rows.length > 0) yield { ...open, rows }
      open = table
      rows = []
      bytes = 0
      counts[table.table] ??= 0
      continue
    }
    const row = open === null ? null : parseRow(value, Object.values(open.columns))
    if (open === null || row === null) throw new BrokenBackup('the backup is damaged: a line is neither a table nor a row of one')
    rows.push(row)
    counts[open.table] = (counts[open.table] ?? 0) + 1
    bytes += line.length
    if (rows.length < BATCH && bytes < BATCH_BYTES) continue
    yield { ...open, rows }
    rows = []
    bytes = 0
  }
  if (!ended) throw new BrokenBackup('the backup is cut: its end is missing')
}

/** Reads a backup to its end. Throws `BrokenBackup` when it is not whole. */
export async function checkBackup(path: string): Promise<Counts> {
  const counts: Counts = {}
  for await (const { table, rows } of readBatches(path)) counts[table] = (counts[table] ?? 0) + rows.length
  return counts
}

/** The lines of the compressed file, without their ends. Not `node:readline`, which also ends a line at U+2028, and texts of people hold that. */
async function* linesOf(path: string): AsyncGenerator<Buffer> {
  const file = createReadStream(path)
  const unzipped = createGunzip()
  file.on('error', (error) => unzipped.destroy(error))
  let pieces: Buffer[] = []
  let length = 0
  try {
    for await (const chunk of file.pipe(unzipped)) {
      let from = 0
      for (let end = chunk.indexOf(NEWLINE); end >= 0; end = chunk.indexOf(NEWLINE, from)) {
        yield Buffer.concat([...pieces, chunk.subarray(from, end)])
        pieces = []
        length = 0
        from = end + 1
      }
      const rest = chunk.subarray(from)
      length += rest.length
      if (length > LONGEST_LINE) throw new BrokenBackup('the file is not a backup of Carillon')
      if (rest.length > 0) pieces.push(rest)
    }
  } catch (error) {
    if (error instanceof Error && 'code' in error && String(error.code).startsWith('Z_'))
      throw new BrokenBackup('the file is no backup, or it is cut or damaged')
    throw error
  } finally {
    file.destroy()
  }
  if (pieces.length > 0) throw new BrokenBackup('the backup is cut: its last line has no end')
}

const NEWLINE = 0x0a

function parsed(line: Buffer): unknown {
  try {
    return JSON.parse(line.toString('utf8'))
  } catch {
    throw new BrokenBackup('the backup is damaged: a line is not JSON')
  }
}

const sameCounts = (one: Counts, other: Counts): boolean =>
  Object.keys(one).length === Object.keys(other).length && Object.entries(one).every(([table, count]) => other[table] === count)
