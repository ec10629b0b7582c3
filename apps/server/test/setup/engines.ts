import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inject } from 'vitest'
import type { Dialect, Engine } from '../../src/storage/dialects/dialect.ts'
import { migrate } from '../../src/storage/migrate.ts'
import { openDialect } from '../../src/storage/open.ts'
import { admin, withDatabase } from './postgres.ts'

/** For `describe.each(engines)`: every story runs on both. */
export const engines = ['sqlite', 'postgres'] as const satisfies Engine[]

export interface TestStore {
  dialect: Dialect
  /** The value for `CARILLON_DATABASE_URL`: a second process or pool may open the same database with it. */
  url: string
  /** Closes and removes the database. */
  close: () => Promise<void>
}

export interface TestDatabase {
  url: string
  remove: () => Promise<void>
}

/** A fresh, migrated database of its own. */
export async function openTestStore(engine: Engine): Promise<TestStore> {
  const { url, remove } = await createTestDatabase(engine)
  const dialect = await openDialect(url)
  await migrate(dialect)
  return {
    dialect,
    url,
    async close() {
      await dialect.close()
      await remove()
    },
  }
}

/** A database that was never opened, for tests that start the real process. `empty`: not even migrated. */
export async function createTestDatabase(engine: Engine, { empty = false } = {}): Promise<TestDatabase> {
  if (engine === 'sqlite') {
    const folder = await mkdtemp(join(tmpdir(), 'carillon-test-'))
    return { url: `sqlite:${join(folder, 'carillon.db')}`, remove: () => rm(folder, { recursive: true, force: true }) }
  }
  const server = inject('postgresUrl')
  const name = `carillon_test_${randomBytes(6).toString('hex')}`
  await admin(server, `create database ${name}${empty ? '' : ` template ${inject('postgresTemplate')}`}`)
  return { url: withDatabase(server, name), remove: () => admin(server, `drop database if exists ${name} with (force)`) }
}
