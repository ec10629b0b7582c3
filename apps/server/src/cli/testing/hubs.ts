import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach } from 'vitest'
import { createTestDatabase } from '../../../test/setup/engines.ts'
import { newKey } from '../../security/secrets.ts'
import type { Engine } from '../../storage/dialects/dialect.ts'
import { startTestHub } from '../../testing.ts'

let open: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const close of open.reverse()) await close()
  open = []
})

/** Closes it when the test has ended, last opened first. */
export const atEnd = (close: () => Promise<unknown>): unknown => open.push(close)

/** A running hub and the environment in which an operator calls the commands. */
export async function hubOn(engine: Engine) {
  const { url, remove } = await createTestDatabase(engine)
  atEnd(remove)
  const hub = await startTestHub({ databaseUrl: url })
  atEnd(hub.stop)
  // A command in this process blocks the thread on which the hub would end its transaction: let those of the start end first.
  await hub.client().health.get()
  const { config, address, rootKey } = hub
  const env = {
    CARILLON_DATABASE_URL: url,
    CARILLON_DATA_DIR: config.dataDir,
    CARILLON_SECRET_KEY: config.secretKey ?? '',
    CARILLON_BASE_URL: address,
    CARILLON_ROOT_KEY: rootKey,
    CARILLON_OUTBOUND_ALLOW: '127.0.0.1',
    CARILLON_DISK_FLOOR_MB: '1',
  }
  return { hub, env }
}

/** An environment for a database that nobody has opened. */
export async function nothingOn(engine: Engine) {
  const { url, remove } = await createTestDatabase(engine, { empty: true })
  const folder = await mkdtemp(join(tmpdir(), 'carillon-cli-'))
  atEnd(remove)
  atEnd(() => rm(folder, { recursive: true }))
  return { CARILLON_DATABASE_URL: url, CARILLON_DATA_DIR: folder, CARILLON_SECRET_KEY: newKey('main') }
}
