import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { expect, it, onTestFinished } from 'vitest'
import { startHubProcess } from '../chaos/hub-process.ts'
import { createTestDatabase } from '../setup/engines.ts'

const LIST = pathToFileURL(join(import.meta.dirname, '../setup/list-modules.mjs')).href

/** What only some hubs need, and loads when they do. */
const ON_DEMAND = {
  'mail servers': /\/nodemailer\/(?!dist\/esm\/(?:addressparser|shared|punycode)\/)/,
  'SOCKS proxies': /\/node_modules\/socks\//,
  'signed tokens': /\/node_modules\/jose\//,
  'sign-in by OAuth': /\/oauth4webapi\//,
  MQTT: /\/node_modules\/mqtt\//,
  'Web Push': /\/node_modules\/web-push\//,
  'fetch of undici': /\/undici\/lib\/web\/fetch\//,
  PostgreSQL: /\/node_modules\/pg\//,
  'other commands': /\/src\/cli\/(?:doctor|backup|restore|rekey)\.ts$/,
}

it('memory: an idle hub on SQLite has not loaded what few hubs need', async () => {
  const dataDir = await mkdtemp(join(tmpdir(), 'carillon-idle-'))
  const database = await createTestDatabase('sqlite')
  const hub = startHubProcess({ databaseUrl: database.url, dataDir, env: { NODE_OPTIONS: `--import=${LIST}` } })
  onTestFinished(async () => {
    hub.signal('SIGKILL')
    await hub.ended
    await Promise.all([database.remove(), rm(dataDir, { recursive: true, force: true })])
  })
  await hub.address
  hub.signal('SIGTERM')
  await hub.ended
  const loaded: string[] = JSON.parse(await readFile(join(dataDir, 'modules.json'), 'utf8'))
  expect(loaded.some((url) => url.endsWith('/src/app/app.ts'))).toBe(true)
  const found = Object.entries(ON_DEMAND).flatMap(([name, pattern]) => loaded.filter((url) => pattern.test(url)).map((url) => `${name}: ${url}`))
  expect(found).toEqual([])
})
