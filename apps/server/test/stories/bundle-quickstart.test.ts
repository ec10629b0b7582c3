import { spawnSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
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
    // Outside the bundle, which the next build replaces: docs/deploy/service.md.
    const config = join(data, 'carillon.config.ts')
    await symlink(join(bundle.folder, 'node_modules'), join(data, 'node_modules'))
    await writeFile(config, CONFIG)
    const database = await createTestDatabase(engine, { empty: true })
    const [mail, hooks] = await Promise.all([startSmtpReceiver(), startReceiver()])
    const process = startHubProcess({ databaseUrl: database.url, dataDir: data, entry: bundle.entry, args: ['--config', config] })
    onTestFinished(async () => {
      process.signal('SIGKILL')
      await process.ended
      await Promise.all([mail.close(), hooks.close(), database.remove(), rm(data, { recursive: true, force: true })])
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

it('bundle: the command can be run through a link on the path, says what it was built from, and keeps its compiled code', async () => {
  const path = await mkdtemp(join(tmpdir(), 'carillon-path-'))
  onTestFinished(() => rm(path, { recursive: true }))
  const link = join(path, 'carillon')
  await symlink(bundle.entry, link)
  const { stdout, stderr } = spawnSync(link, ['--version'], { encoding: 'utf8', env: { PATH: dirname(process.execPath) } })
  const { version, origin } = JSON.parse(await readFile(join(bundle.folder, 'package.json'), 'utf8'))
  expect({ stdout, stderr }).toEqual({ stdout: `${version} (${origin})\n`, stderr: '' })
  expect(origin).toMatch(/^(?:[0-9a-f]{7,40}(?:-dirty)?|built \S+Z)$/)
  const compiled = readdirSync(join(bundle.folder, '.cache/compile'), { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
  expect(compiled.length).toBeGreaterThan(3)
})

/** A log that names a place in a file of the bundle, as `bin/places.mjs` writes it. */
function placesOf(file: string, line: number, column: number): { log: string; translated: string } {
  const log = JSON.stringify({ stack: `Error: x\n    at file://${file}:${line}:${column}\n    at node:internal/main:1:1` })
  const { stdout } = spawnSync(process.execPath, [join(bundle.folder, 'bin/places.mjs')], { input: log, encoding: 'utf8' })
  return { log, translated: stdout }
}

it('bundle: bin/places.mjs finds the places of a stack in the sources', () => {
  const entry = join(bundle.folder, 'bin/carillon.mjs')
  const column = readFileSync(entry, 'utf8').split('\n')[1]?.indexOf('process.exit') ?? 0
  const { log, translated } = placesOf(entry, 2, column + 1)
  expect(translated).toBe(log.replace(/file:\S+:2:\d+/, 'apps/server/bin/carillon.mjs:6:3'))
})

it('bundle: maps lie beside the chunks, and no comment names one, or Node would read all of them at the start', () => {
  const files = readdirSync(bundle.folder, { recursive: true, encoding: 'utf8' }).filter((name) => /^(?:bin|chunks)\//.test(name))
  expect(files.filter((name) => name.endsWith('.map')).length).toBeGreaterThan(10)
  for (const name of files.filter((one) => /\.m?js$/.test(one)))
    expect(readFileSync(join(bundle.folder, name), 'utf8'), name).not.toMatch(/^\/\/[#@] *sourceMappingURL=/m)
})

it('bundle: bin/places.mjs knows the chunks too', () => {
  const said = 'Carillon is ready'
  const chunks = readdirSync(join(bundle.folder, 'chunks')).map((name) => join(bundle.folder, 'chunks', name))
  const chunk = chunks.find((file) => file.endsWith('.js') && readFileSync(file, 'utf8').includes(said)) ?? ''
  const before = readFileSync(chunk, 'utf8').split(said)[0]?.split('\n') ?? []
  const { translated } = placesOf(chunk, before.length, (before.at(-1)?.length ?? 0) + 1)
  const source = join(import.meta.dirname, '../../src/cli/serve.ts')
  const line =
    readFileSync(source, 'utf8')
      .split('\n')
      .findIndex((text) => text.includes(said)) + 1
  expect(translated).toContain(`apps/server/src/cli/serve.ts:${line}:`)
})
