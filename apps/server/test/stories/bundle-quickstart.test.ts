import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createClient } from '@carillon/client'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { startReceiver } from '../../src/providers/testing/receiver.ts'
import { startSmtpReceiver } from '../../src/providers/testing/smtp-receiver.ts'
import { TEST_ROOT_KEY } from '../../src/testing.ts'
import { startHubProcess } from '../chaos/hub-process.ts'
import { openBundle } from '../setup/bundle.ts'
import { createTestDatabase, engines } from '../setup/engines.ts'
import { until } from './world.ts'

const CONFIG = `import { defineEventType, definePack } from '@carillon/pack'
const paid: string = 'shop.paid'
const type = defineEventType({ key: paid, name: 'Paid', category: 'billing', templates: { default: { title: 'Paid {{ data.total }}', body: '' } } })
export default { packs: [definePack({ name: 'shop', eventTypes: [type] })] }
`

let bundle: Awaited<ReturnType<typeof openBundle>>
beforeAll(async () => {
  bundle = await openBundle()
})
afterAll(() => bundle.end())

describe.each(engines)('bundle: quickstart on %s', (engine) => {
  it('a mail, a signed webhook and an inbox entry, of a type whose texts a child process tried, and of a pack', async () => {
    const data = await mkdtemp(join(tmpdir(), 'carillon-quickstart-'))
    const config = join(bundle.folder, `${engine}.config.ts`)
    await writeFile(config, CONFIG)
    const database = await createTestDatabase(engine, { empty: true })
    const [mail, hooks] = await Promise.all([startSmtpReceiver(), startReceiver()])
    const process = startHubProcess({ databaseUrl: database.url, dataDir: data, entry: bundle.entry, args: ['--config', config] })
    onTestFinished(async () => {
      process.signal('SIGKILL')
      await process.ended
      await Promise.all([mail.close(), hooks.close(), database.remove(), rm(config), rm(data, { recursive: true, force: true })])
    })
    const hub = createClient({ baseUrl: await process.address, token: TEST_ROOT_KEY })

    await hub.connections.create({
      provider: 'smtp',
      name: 'Mail',
      personal: true,
      settings: { host: '127.0.0.1', port: mail.port, security: 'none', from: 'Carillon <bells@example.com>' },
    })
    await hub.connections.create({ provider: 'webhook', name: 'Webhooks', personal: true })
    const texts = { default: { title: '{{ data.branch }} is red', body: 'The build of **{{ data.branch }}** failed.' } }
    await hub.eventTypes.put('build.failed', { name: 'Build failed', category: 'ci', templates: texts, sample: { branch: 'main' } })
    const endless = { default: { title: '{% for n in (1..100000000) %}{% endfor %}', body: '' } }
    await expect(hub.eventTypes.put('build.endless', { templates: endless })).rejects.toMatchObject({ code: 'invalid_field' })
    await hub.users.put('ada', { email: 'ada@example.com', name: 'Ada' })
    await hub.as('ada').me.putDestination('webhook', { url: `${hooks.url}/ada`, secret: `whsec_${Buffer.alloc(32, 7).toString('base64')}` })

    const { id } = await hub.events.report({ type: 'build.failed', to: ['ada'], data: { branch: 'main' } })
    await hub.events.report({ type: 'shop.paid', to: ['ada'], data: { total: 7 } })
    await until(() => mail.mails.length === 2 && hooks.requests.length === 2, 'two mails and two webhooks')
    expect(mail.mails.map(({ headers }) => headers['subject']).sort()).toEqual(['Paid 7', 'main is red'])
    expect(hooks.requests.find((one) => one.body.includes(id))?.headers).toMatchObject({ 'webhook-signature': expect.stringMatching(/^v1,/) })
    expect((await hub.as('ada').inbox.list()).items.map(({ title }) => title).sort()).toEqual(['Paid 7', 'main is red'])

    process.signal('SIGTERM')
    expect(await process.ended).toEqual({ code: 0, signal: null })
  })
})

it('bundle: the licence of every library is in it', async () => {
  const licences = await readFile(join(bundle.folder, 'THIRD-PARTY-LICENSES.txt'), 'utf8')
  for (const name of ['fastify', 'kysely', 'liquidjs', 'undici', 'pg', 'typebox']) expect(licences).toMatch(new RegExp(`^${name} \\d`, 'm'))
})

it('bundle: bin/places.mjs finds the places of a stack in the sources', () => {
  const entry = join(bundle.folder, 'bin/carillon.mjs')
  const column = readFileSync(entry, 'utf8').split('\n')[1]?.indexOf('process.exit') ?? 0
  const log = JSON.stringify({ stack: `Error: x\n    at file://${entry}:2:${column + 1}\n    at node:internal/main:1:1` })
  const { stdout } = spawnSync(process.execPath, [join(bundle.folder, 'bin/places.mjs')], { input: log, encoding: 'utf8' })
  expect(stdout).toBe(log.replace(/file:\S+:2:\d+/, 'apps/server/bin/carillon.mjs:6:3'))
})
