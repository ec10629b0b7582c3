import { existsSync } from 'node:fs'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createTestDatabase, engines, type TestDatabase } from '../../test/setup/engines.ts'
import { readConfig } from '../config.ts'
import { newKey, newKeyCheck, parseKeyRing } from '../security/secrets.ts'
import { migrate, pendingMigrations } from '../storage/migrate.ts'
import { migrations } from '../storage/migrations/index.ts'
import { openDialect } from '../storage/open.ts'
import { keepFirstSetting } from '../storage/operations/settings.ts'
import { openStore } from './open-store.ts'

/** A later version, whose last migration an earlier database lacks. */
vi.mock('../storage/migrations/index.ts', async (importOriginal) => {
  const real = await importOriginal<typeof import('../storage/migrations/index.ts')>()
  return { ...real, migrations: [...real.migrations, { name: '9999-later', up: async () => {} }] }
})

let folder: string
let database: TestDatabase
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'carillon-open-'))
})
afterEach(async () => {
  await database.remove()
  await rm(folder, { recursive: true, force: true })
})

/** A database of the version before, which one key has sealed. */
async function earlier(key: string): Promise<void> {
  const dialect = await openDialect(database.url)
  await migrate(dialect, migrations.slice(0, -1))
  await keepFirstSetting(dialect, 'key_check', newKeyCheck(parseKeyRing(key)))
  await dialect.close()
}
async function pending(): Promise<number> {
  const dialect = await openDialect(database.url)
  const { length } = await pendingMigrations(dialect)
  await dialect.close()
  return length
}
const open = (env: Record<string, string>) =>
  openStore(readConfig({ CARILLON_DATABASE_URL: database.url, CARILLON_DATA_DIR: join(folder, 'data'), ...env }), { lock: true })

describe.each(engines)('opening a database with other keys (%s)', (engine) => {
  beforeEach(async () => {
    database = await createTestDatabase(engine, { empty: true })
  })

  it('refuses another key and a broken one before it migrates or makes anything', async () => {
    const key = newKey('main')
    await earlier(key)
    await expect(open({ CARILLON_SECRET_KEY: newKey('main') })).rejects.toThrow('CARILLON_SECRET_KEY does not open this database')
    await expect(open({ CARILLON_SECRET_KEY: 'main' })).rejects.toThrow('is not id:base64')
    expect(await pending()).toBe(1)
    expect(existsSync(join(folder, 'data'))).toBe(false)
    const { dialect, applied } = await open({ CARILLON_SECRET_KEY: key })
    expect(applied).toHaveLength(1)
    await dialect.close()
  })
})

describe('opening a database with other key files', () => {
  beforeEach(async () => {
    database = await createTestDatabase('sqlite', { empty: true })
  })

  it('without the key file refuses, says where it belongs, and makes no other one', async () => {
    await earlier(newKey('main'))
    await expect(open({})).rejects.toThrow(
      `${join(folder, 'data', 'secret.key')} is missing, and the secrets of this database were encrypted with key "main". Put the file back`,
    )
    expect(await pending()).toBe(1)
    expect(existsSync(join(folder, 'data'))).toBe(false)
  })

  it('with the key file of another database names that file', async () => {
    await (await open({})).dialect.close()
    await database.remove()
    database = await createTestDatabase('sqlite', { empty: true })
    await earlier(newKey('main'))
    await expect(open({})).rejects.toThrow(`and the key file ${join(folder, 'data', 'secret.key')} has another key with the same id`)
    expect(await pending()).toBe(1)
    expect(await readdir(join(folder, 'data'))).toEqual(['secret.key'])
  })
})
