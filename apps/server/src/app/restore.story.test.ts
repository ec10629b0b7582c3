import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createTestDatabase, engines } from '../../test/setup/engines.ts'
import { readConfig } from '../config.ts'
import { newKey } from '../security/secrets.ts'
import { FORMAT, type Head } from '../storage/backup/format.ts'
import { snapshotRows } from '../storage/backup/snapshot.ts'
import { writeBackup } from '../storage/backup/write-file.ts'
import type { Dialect, Engine } from '../storage/dialects/dialect.ts'
import { inSnapshot } from '../storage/dialects/snapshot.ts'
import { migrate } from '../storage/migrate.ts'
import { migrations } from '../storage/migrations/index.ts'
import { openDialect } from '../storage/open.ts'
import { restore } from './restore.ts'

/** A later version, whose last migration an earlier backup lacks. */
vi.mock('../storage/migrations/index.ts', async (importOriginal) => {
  const real = await importOriginal<typeof import('../storage/migrations/index.ts')>()
  return { ...real, migrations: [...real.migrations, { name: '9999-later', up: async () => {} }] }
})

let folder: string
let ends: (() => Promise<unknown>)[]
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'carillon-restore-'))
  ends = [() => rm(folder, { recursive: true, force: true })]
})
afterEach(async () => {
  for (const end of ends.reverse()) await end()
})

async function place(engine: Engine): Promise<string> {
  const { url, remove } = await createTestDatabase(engine, { empty: true })
  ends.push(remove)
  return url
}

async function using<T>(url: string, run: (dialect: Dialect) => Promise<T>): Promise<T> {
  const dialect = await openDialect(url)
  try {
    return await run(dialect)
  } finally {
    await dialect.close()
  }
}

const restoreTo = (url: string, path: string) =>
  restore(readConfig({ CARILLON_DATABASE_URL: url, CARILLON_DATA_DIR: folder, CARILLON_SECRET_KEY: newKey('main') }), path, () => 1)

describe.each(engines)('a restore (%s)', (engine) => {
  it('brings a backup of an earlier schema up to this version, and refuses a database that is already there', async () => {
    const path = join(folder, 'old')
    const earlier = migrations.slice(0, -1)
    const head: Head = {
      ...{ carillon: 'backup', format: FORMAT, version: '0.0.1', engine, takenAt: 1, keyCheck: null },
      migrations: earlier.map(({ name }) => name),
    }
    await using(await place(engine), async (dialect) => {
      await migrate(dialect, earlier)
      await dialect.db.insertInto('topics').values({ key: 'news', name: 'News', open: 1, created_at: 1, updated_at: 1 }).execute()
      await inSnapshot(dialect, (trx) => writeBackup(path, head, snapshotRows(trx)))
    })
    const there = await place(engine)
    expect((await restoreTo(there, path)).rows).toMatchObject({ topics: 1 })
    await using(there, async (dialect) => {
      expect(await dialect.db.selectFrom('topics').select(['key', 'name']).execute()).toEqual([{ key: 'news', name: 'News' }])
      expect(await migrate(dialect)).toEqual({ applied: [] })
    })
    const migrated = await place(engine)
    await using(migrated, (dialect) => migrate(dialect))
    await expect(restoreTo(migrated, path)).rejects.toThrow('a later schema than the backup (9999-later)')
  })
})
