import { spawnSync } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { createClient, type Provider } from '@carillon/client'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { providers } from '../../src/providers/index.ts'
import { TEST_ROOT_KEY } from '../../src/testing.ts'
import { type HubProcess, startHubProcess } from '../chaos/hub-process.ts'
import { createTestDatabase } from '../setup/engines.ts'
import { ENTRY } from '../setup/entry.ts'

const CHUNKS = join(dirname(dirname(ENTRY)), 'chunks')
/** Chunks that act when they are loaded: the command, the two ends of a trial, and a thread that sends. */
const ACT = /^(?:main|trial-worker|trial-thread|send-thread)-/

let hub: HubProcess
let found: readonly Provider[]
let end: () => Promise<unknown>
beforeAll(async () => {
  const dataDir = await mkdtemp(join(tmpdir(), 'carillon-bundle-'))
  const database = await createTestDatabase('sqlite')
  hub = startHubProcess({ databaseUrl: database.url, dataDir })
  end = () => Promise.all([database.remove(), rm(dataDir, { recursive: true, force: true })])
  found = (await createClient({ baseUrl: await hub.address, token: TEST_ROOT_KEY }).providers.list()).items
})
afterAll(async () => {
  hub.signal('SIGKILL')
  await hub.ended
  await end()
})

it.each(providers.map(({ id }) => id))('bundle: the provider %s is in it, with its form', (id) => {
  expect(found.find((one) => one.id === id)).toMatchObject({ id, settings: { type: 'object' } })
})

it('bundle: every chunk that is loaded on demand loads, such as those of MQTT and Web Push', () => {
  const chunks = readdirSync(CHUNKS).filter((name) => name.endsWith('.js') && !ACT.test(name))
  expect(chunks.length).toBeGreaterThan(20)
  const load = 'for (const url of process.argv.slice(1)) await import(url)'
  const urls = chunks.map((name) => pathToFileURL(join(CHUNKS, name)).href)
  const { status, stderr } = spawnSync(process.execPath, ['--input-type=module', '--eval', load, ...urls], { encoding: 'utf8' })
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
})
