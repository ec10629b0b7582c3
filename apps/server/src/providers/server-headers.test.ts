import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { goodForms } from '../../test/stories/good-forms.ts'
import type { JsonObject } from '../domain/json.ts'
import { createFormCheck } from '../forms/form-check.ts'
import { createOutbound, parseAllowList } from '../security/outbound.ts'
import { keepMasked, maskSecrets } from '../security/secret-fields.ts'
import { providers } from './index.ts'
import type { Provider } from './kit/contract.ts'
import { createHttp, type HttpDoor } from './kit/http.ts'
import { exampleMessage, NOW } from './testing/message.ts'
import { type Receiver, startReceiver } from './testing/receiver.ts'
import { pasted } from './testing/vendor.ts'

const HOSTED = ['apprise', 'bark', 'gotify', 'matrix', 'mattermost', 'ntfy', 'rocketchat', 'signal']
const hosted = HOSTED.map((id) => [id, providers.find((one) => one.id === id)!] as const)
const HEADERS = { 'CF-Access-Client-Id': 'bells.access', 'CF-Access-Client-Secret': 's3cret-of-access' }

let server: Receiver
let door: HttpDoor
beforeAll(async () => {
  server = await startReceiver()
  door = createHttp({ outbound: createOutbound({ allow: parseAllowList('127.0.0.1'), allowUsers: parseAllowList('127.0.0.1') }), clock: () => NOW })
})
beforeEach(() => void server.requests.splice(0))
afterAll(async () => {
  await door.close()
  await server.close()
})

const fill = createFormCheck()
function formOf(provider: Provider, more: JsonObject = { headers: HEADERS }) {
  const { settings = {}, destination } = structuredClone(goodForms(server.url, '/nowhere')[provider.id]!)
  const whole = { settings: { ...settings, ...more }, destination }
  expect(fill(provider.settings, whole.settings, '/settings')).toEqual([])
  return whole
}

/** The answer of the fake server does not matter: only what it was sent. */
const send = (provider: Provider, { settings, destination }: ReturnType<typeof formOf>, http = door.for('application', settings, destination)) =>
  provider
    .send({ settings, destination, message: exampleMessage(), delivery: { id: 'dlv_1', attempt: 1, createdAt: NOW }, http, clock: () => NOW })
    .catch(() => {})

it('extra headers: every provider whose server people host themselves has them', () => {
  // An SMS gateway has headers of its own making.
  expect(providers.flatMap(({ id, settings }) => ('headers' in settings.properties ? [id] : [])).toSorted()).toEqual([...HOSTED, 'http-sms'].toSorted())
})

describe.each(hosted)('extra headers of %s', (_id, provider) => {
  it('are sent with every request, also that of a test', async () => {
    const form = formOf(provider)
    await send(provider, form)
    await provider.verify?.({ settings: form.settings, http: door, clock: () => NOW }).catch(() => {})
    expect(server.requests.length).toBeGreaterThan(0)
    for (const { headers } of server.requests)
      expect(headers).toMatchObject({ 'cf-access-client-id': 'bells.access', 'cf-access-client-secret': 's3cret-of-access' })
  })

  it('leave what the provider sets itself', async () => {
    const plain = formOf(provider, {})
    await send(provider, plain)
    await send(provider, formOf(provider, { headers: { Accept: 'text/evil', 'X-Own': 'own' } }))
    const [before, after] = server.requests
    for (const name of ['content-type', 'authorization', 'x-gotify-key', 'user-agent', 'host']) expect(after!.headers[name]).toBe(before!.headers[name])
    if (before!.headers.accept !== undefined) expect(after!.headers.accept).toBe(before!.headers.accept)
    expect(after!.headers['x-own']).toBe('own')
  })

  it.each(['Host', 'content-length', 'Transfer-Encoding', 'connection', 'Keep-Alive', 'upgrade', 'Proxy-Authorization', 'TE', 'Carillon-Hops', 'User-Agent'])(
    'are refused when one is %s',
    (name) => {
      expect(provider.check({ settings: formOf(provider, { headers: { [name]: 'x' } }).settings })).toMatchObject([{ pointer: `/settings/headers/${name}` }])
    },
  )

  it('are refused with a line break, or another name than a header has', () => {
    for (const headers of [{ 'X-Own': 'a\r\nX-Evil: b' }, { 'X-Own': 'a\nb' }, { 'X-Own': '\u0000' }])
      expect(fill(provider.settings, { ...formOf(provider).settings, headers }, '/settings')).not.toEqual([])
    for (const headers of [{ 'X Own': 'x' }, { 'X-Own\r\nX-Evil': 'x' }, { '': 'x' }, { 'X-Own': '☃' }])
      expect(provider.check({ settings: { ...formOf(provider).settings, headers } as JsonObject })).toHaveLength(1)
  })

  it('are masked for readers, and kept when a mask comes back', () => {
    const { settings } = formOf(provider)
    const shown = maskSecrets(provider.settings, settings)
    expect(JSON.stringify(shown)).not.toContain('s3cret-of-access')
    expect(keepMasked(provider.settings, shown, settings)['headers']).toEqual(HEADERS)
  })
})

it.each([
  ['ntfy', 'Authorization'],
  ['matrix', 'AUTHORIZATION'],
  ['apprise', 'authorization'],
  ['signal', 'Authorization'],
  ['gotify', 'X-Gotify-Key'],
])('an extra header of %s that its own fields set is refused: %s', (id, name) => {
  const provider = providers.find((one) => one.id === id)!
  expect(provider.check({ settings: formOf(provider, { headers: { [name]: 'x' } }).settings })).toMatchObject([
    { pointer: `/settings/headers/${name}`, message: expect.stringContaining('from the other fields of this form') },
  ])
})

it.each(['mattermost', 'rocketchat', 'ntfy'])('extra headers of %s reach no server that a person named', async (id) => {
  const provider = providers.find((one) => one.id === id)!
  const elsewhere = await startReceiver()
  const form = formOf(provider)
  const destination: JsonObject = id === 'ntfy' ? { topic: `${elsewhere.url}/alerts` } : goodForms(elsewhere.url, '/nowhere')[id]!.destination
  await send(provider, { ...form, destination }, door.for('person', form.settings, destination))
  expect(elsewhere.requests).toHaveLength(1)
  expect(JSON.stringify(elsewhere.requests)).not.toMatch(/s3cret-of-access|cf-access/i)
  await elsewhere.close()
})

describe('+Name= of an Apprise URL', () => {
  it.each([
    ['ntfy', 'ntfy://ntfy.example/alerts?+X-Own=own'],
    ['gotify', 'gotify://gotify.example/AbCdEfGhIjKlMnO?+X-Own=own'],
    ['matrix', 'matrix://token@matrix.example/!room:example.com?+X-Own=own'],
    ['bark', 'bark://bark.example/key?+X-Own=own'],
    ['signal', 'signal://signal.example/+12025550123/+12025550124?+X-Own=own'],
    ['apprise', 'apprise://apprise.example/key?+X-Own=own'],
  ])('is a header of %s', (id, text) => {
    expect(pasted(providers.find((one) => one.id === id)!, text)).toMatchObject({ settings: { headers: { 'X-Own': 'own' } } })
  })

  it('is sent to the server that the URL names, also when a person pasted it', async () => {
    const provider = providers.find(({ id }) => id === 'gotify')!
    const read = pasted(provider, `gotify://127.0.0.1:${server.port}/AbCdEfGhIjKlMnO?+X-Own=own`)
    if (typeof read === 'string') throw new Error(read)
    await send(provider, { settings: { ...(read.settings as JsonObject) }, destination: read.destination as JsonObject }, door.for('person', {}, {}))
    expect(server.requests[0]!.headers['x-own']).toBe('own')
  })

  it('is refused where the URL names no server of its own', () => {
    const provider = providers.find(({ id }) => id === 'mattermost')!
    expect(pasted(provider, `mmost://mattermost.example/${'k'.repeat(26)}?+X-Own=own`)).toContain('+name= cannot be honoured')
  })
})
