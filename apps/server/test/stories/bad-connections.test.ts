import { chmodSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ConnectionInput, JsonObject, Provider } from '@carillon/client'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { providers as known } from '../../src/providers/index.ts'
import { startPushService } from '../../src/providers/testing/push-service.ts'
import { engines } from '../setup/engines.ts'
import { goodForms } from './good-forms.ts'
import { rowCounts } from './tables.ts'
import { openWorld, refusal, type World } from './world.ts'

/** Fields that name a server although their schema does not show it. */
const SERVERS: Record<string, [pointer: string, wrong: JsonObject[string][]]> = {
  smtp: ['/settings/host', ['10.0.0.1', '::1', '169.254.169.254']],
  mqtt: ['/settings/server', ['mqtt://ana:pw@broker.example', 'ftp://broker.example', 'mqtt://10.0.0.1']],
  ntfy: ['/destination/topic', ['https://ana:pw@ntfy.example/alerts', 'ftp://ntfy.example/alerts', 'http://10.0.0.1/alerts']],
  apprise: ['/destination/urls/0', ['json://10.0.0.1/', 'no scheme at all']],
}
const NO_URLS = ['https://ana:pw@example.com/x', 'ftp://example.com/x', 'javascript:alert(1)']
const PRIVATE_URLS = ['http://10.0.0.1/x', 'http://[::1]/x', 'http://2130706434/x']
/** Whole files and bodies, which consist of lines and are used in no header. */
const LINES = new Set(['apns /settings/key', 'apns /settings/ca', 'fcm /settings/serviceAccount', 'http-sms /settings/body'])

interface Field {
  pointer: string
  /** Addresses that it refuses. One that the hub only passes on, such as a picture, may be private. */
  wrong: string[]
}

/** Every text that a form takes, also in lists and objects. */
function textsOf(schema: JsonObject, pointer: string): Field[] {
  const { type, format, properties, items, patternProperties, anyOf } = schema
  if (isForm(properties)) return Object.entries(properties).flatMap(([name, field]) => (isForm(field) ? textsOf(field, `${pointer}/${name}`) : []))
  if (isForm(patternProperties)) return Object.values(patternProperties).flatMap((field) => (isForm(field) ? textsOf(field, `${pointer}/X-Own`) : []))
  if (isForm(items)) return textsOf(items, `${pointer}/0`)
  if (Array.isArray(anyOf)) return anyOf.flatMap((one) => (isForm(one) && one['type'] === 'string' ? textsOf(one, pointer) : []))
  return type === 'string' && !('enum' in schema)
    ? [{ pointer, wrong: format !== 'http-url' ? [] : 'x-mentioned' in schema ? NO_URLS : [...NO_URLS, ...PRIVATE_URLS] }]
    : []
}
const isForm = (value: unknown): value is JsonObject => typeof value === 'object' && value !== null && !Array.isArray(value)

/** A copy of `form` in which `pointer` holds `value`. */
function changed(form: JsonObject, pointer: string, value: JsonObject[string]): JsonObject {
  const [, key = '', ...rest] = pointer.split('/')
  if (rest.length === 0) return { ...form, [key]: value }
  const inner = form[key]
  const [next = ''] = rest
  if (next === '0') return { ...form, [key]: [value, ...(Array.isArray(inner) ? inner.slice(1) : [])] }
  return { ...form, [key]: changed(isForm(inner) ? inner : {}, `/${rest.join('/')}`, value) }
}

function textAt(form: JsonObject, pointer: string): string | undefined {
  let at: unknown = form
  for (const key of pointer.split('/').slice(1)) at = typeof at === 'object' && at !== null && Object.hasOwn(at, key) ? Reflect.get(at, key) : undefined
  return typeof at === 'string' ? at : undefined
}

describe.each(engines)('connections: bad input (%s)', (engine) => {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'carillon-scripts-')))
  let world: World
  let forms: ReturnType<typeof goodForms>
  let providers: Map<string, Provider>
  beforeAll(async () => {
    writeFileSync(join(folder, 'notify.sh'), '#!/bin/sh\n')
    chmodSync(join(folder, 'notify.sh'), 0o755)
    symlinkSync('/bin/sh', join(folder, 'shell'))
    world = await openWorld(engine, { unconnected: true, env: { CARILLON_SCRIPTS_DIR: folder } })
    forms = goodForms(world.hooks.url, 'notify.sh')
    providers = new Map((await world.client().providers.list()).items.map((provider) => [provider.id, provider]))
  })
  afterAll(async () => {
    expect([world.hooks.requests, world.mail.mails], 'nothing was sent').toEqual([[], []])
    await world.atRest()
    await world.stop()
    rmSync(folder, { recursive: true, force: true })
  })

  /** Rows per table; a refused POST leaves its idempotency key, which holds only the refusal. */
  async function stored() {
    const { idempotency_keys: _, ...counts } = await rowCounts(world)
    return counts
  }
  const input = (provider: string): ConnectionInput => ({ provider, name: `A ${provider}`, personal: false, events: [{ type: '*' }], ...forms[provider] })
  /** The error in a refusal; null when it names the field as it should, and nothing is saved. */
  async function judged(given: ConnectionInput, pointer: string): Promise<string | null> {
    const said = await refusal(world.client().connections.create(given, { test: true, force: true })).catch((error: unknown) => String(error))
    if (typeof said !== 'string' && said.status === 422 && said.pointer === pointer) return null
    return `${pointer}: ${JSON.stringify(said)}`
  }

  it.each(known.map(({ id }) => id))('%s accepts a valid form, and refuses a bad address or a second line in any field', async (id) => {
    const { connections } = world.client()
    await connections.delete((await connections.create(input(id))).id)
    const before = await stored()
    const { settings, sharedDestination, destination } = providers.get(id)!
    const good: JsonObject = { settings: {}, ...forms[id] }
    const texts = [...textsOf(settings, '/settings'), ...textsOf(sharedDestination ?? destination, '/destination')]
    const bad = [
      ...texts.flatMap(({ pointer, wrong }) => wrong.map((value) => ({ pointer, value }))),
      ...texts.flatMap(({ pointer }) => (LINES.has(`${id} ${pointer}`) ? [] : [{ pointer, value: `${textAt(good, pointer) ?? 'text'}\r\nX-Evil: 1` }])),
      ...(SERVERS[id]?.[1] ?? []).map((value) => ({ pointer: SERVERS[id]![0], value })),
    ]
    const wrong: (string | null)[] = []
    for (const { pointer, value } of bad) wrong.push(await judged({ ...input(id), ...changed(good, pointer, value) }, pointer))
    expect(wrong.filter((one) => one !== null)).toEqual([])
    expect(await stored()).toEqual(before)
  })

  it.each<[string, string, Partial<ConnectionInput>, string]>([
    ['an unknown provider', 'webhook', { provider: 'pigeon' }, '/provider'],
    ['a missing setting', 'smtp', { settings: { port: 25, security: 'none', from: 'a@example.com' } }, '/settings/host'],
    ['an ill-typed setting', 'smtp', { settings: { host: '127.0.0.1', port: '25', security: 'none', from: 'a@example.com' } }, '/settings/port'],
    ['a topic name with a slash', 'ntfy', { destination: { topic: 'ops/alerts' } }, '/destination/topic'],
    ['an invalid chat id', 'telegram', { destination: { chatId: 'my group' } }, '/destination/chatId'],
    [
      'a header name of two lines',
      'webhook',
      { destination: { url: 'https://example.com/', headers: { 'X-A\r\nX-Evil': '1' } } },
      '/destination/headers/X-A\ufffd\ufffdX-Evil',
    ],
    ['a script above the folder', 'script', { settings: { path: '../notify.sh' } }, '/settings/path'],
    ['a script elsewhere', 'script', { settings: { path: '/bin/sh' } }, '/settings/path'],
    ['a link out of the folder', 'script', { settings: { path: 'shell' } }, '/settings/path'],
    ['a blank name', 'webhook', { name: '  ' }, '/name'],
    ['a name of two lines', 'webhook', { name: 'a\r\nb' }, '/name'],
  ])('refuses %s', async (_what, id, more, pointer) => {
    const before = await stored()
    expect(await judged({ ...input(id), ...more }, pointer)).toBeNull()
    expect(await stored()).toEqual(before)
  })

  it('refuses the twenty-first browser of a person', async () => {
    const push = await startPushService(() => world.clock.now())
    const { id } = await world.client().connections.create({
      provider: 'web_push',
      name: 'Push',
      personal: true,
      settings: { subject: 'mailto:ops@example.com', pushServices: [push.url] },
    })
    const { publicKey } = (await world.client().connections.generateVapid(id)).settings
    const ned = await world.browser('ned')
    const subscribe = (n: number) => ned.me.registerDevice(push.subscribe(`ned-${n}`, String(publicKey)))
    for (let n = 0; n < 20; n++) await subscribe(n)
    const before = await stored()
    expect(await refusal(subscribe(20))).toEqual({ status: 422, code: 'invalid_field', pointer: '/endpoint' })
    expect(await stored()).toEqual(before)
    await push.close()
  })
})
