import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { type Batch, FORMAT, type Head } from './format.ts'
import { readBatches } from './read-file.ts'
import { writeBackup } from './write-file.ts'

/** What the file system says about a hard link, and what happens at that moment. */
const links = vi.hoisted(() => ({ code: '', meanwhile: async (): Promise<void> => {} }))
vi.mock('node:fs/promises', async (importOriginal) => ({
  ...(await importOriginal<typeof import('node:fs/promises')>()),
  async link() {
    await links.meanwhile()
    throw Object.assign(new Error(`link: ${links.code}`), { code: links.code })
  },
}))

const head: Head = { carillon: 'backup', format: FORMAT, version: '9.9.9', engine: 'sqlite', takenAt: 1, migrations: [], keyCheck: null }
async function* one(): AsyncGenerator<Batch> {
  yield { table: 'settings', columns: { key: 'text', value: 'text' }, rows: [['k', 'v']] }
}

let folder: string
let path: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'carillon-backup-'))
  path = join(folder, 'file')
  links.meanwhile = async () => {}
})
afterEach(() => rm(folder, { recursive: true, force: true }))

describe('the file of a backup where the file system has no hard links', () => {
  it.each(['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS'])('gets its name all the same (%s)', async (code) => {
    links.code = code
    await writeBackup(path, head, one())
    expect(await readdir(folder)).toEqual(['file'])
    const rows = []
    for await (const batch of readBatches(path)) rows.push(...batch.rows)
    expect(rows).toEqual([['k', 'v']])
  })

  it.each(['EPERM', 'EEXIST'])('replaces no file that somebody made meanwhile (%s)', async (code) => {
    links.code = code
    links.meanwhile = () => writeFile(path, 'mine')
    await expect(writeBackup(path, head, one())).rejects.toThrow('exists already')
    expect([await readFile(path, 'utf8'), await readdir(folder)]).toEqual(['mine', ['file']])
  })

  it('passes every other error on, and leaves nothing behind', async () => {
    links.code = 'EIO'
    await expect(writeBackup(path, head, one())).rejects.toThrow('link: EIO')
    expect(await readdir(folder)).toEqual([])
  })
})
