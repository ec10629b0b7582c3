import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { JsonObject } from '../../domain/json.ts'
import type { Message } from '../../domain/message.ts'
import { createOutbound, parseAllowList } from '../../security/outbound.ts'
import { createHttp } from '../kit/http.ts'
import { describeProvider } from '../testing/describe-provider.ts'
import { endless, exampleMessage, NOW } from '../testing/message.ts'
import { type Receiver, startReceiver } from '../testing/receiver.ts'
import { ntfy } from './ntfy.ts'

interface Publication {
  topic: string
  title: string
  message: string
  priority: number
  tags: string[]
  actions: { label: string }[]
}

describeProvider(ntfy, {
  given: (url) => ({ settings: { server: url, token: 's3cret-tk' }, destination: { topic: 'alerts' } }),
  sends: {
    path: '/',
    headers: { authorization: 'Bearer s3cret-tk' },
    json: {
      topic: 'alerts',
      title: 'Build 7 failed',
      message: 'main is **red**',
      priority: 4,
      tags: ['rotating_light', 'ci'],
      markdown: true,
      click: 'https://ci.example/7',
      actions: [{ action: 'view', label: 'Open', url: 'https://ci.example/7/log' }],
    },
  },
  plain: /^\/(title|actions\/\d+\/label)$/,
  accepted: { reply: { body: { id: 'sPs71M8A2T', event: 'message' } }, receipt: { externalId: 'sPs71M8A2T' } },
  failures: { 404: 'misconfigured' },
  denied: 'misconfigured',
  limits(request) {
    const { title, message, actions } = request.json() as Publication
    expect(actions.length).toBe(3)
    return [
      { text: title, limit: 250, unit: 'bytes' },
      { text: message, limit: 4096, unit: 'bytes' },
      { text: request.body, limit: 8192, unit: 'bytes' },
    ]
  },
})

describe('ntfy', () => {
  let server: Receiver
  const http = createHttp({ outbound: createOutbound({ allow: parseAllowList('127.0.0.1') }), clock: () => NOW })
  beforeEach(async () => {
    server = await startReceiver()
  })
  afterEach(() => server.close())
  afterAll(() => http.close())
  const send = (destination: JsonObject, message: Partial<Message> = {}, settings: JsonObject = { server: server.url, token: 'tk_connection' }, more = {}) =>
    ntfy.send({
      settings,
      destination,
      message: exampleMessage(message),
      delivery: { id: 'dlv_1', attempt: 1, createdAt: NOW, ...more },
      http,
      clock: () => NOW,
    })

  it('never shows the token of the connection to a topic elsewhere', async () => {
    await send({ topic: `${server.url}/sub/alerts` }, {}, { server: 'https://ntfy.example', token: 'tk_connection' })
    await send({ topic: `${server.url}/alerts`, token: 'tk_own' })
    await send({ topic: 'alerts', token: 'tk_own' })
    expect(server.requests.map(({ path, headers, json }) => [path, headers.authorization, (json() as Publication).topic])).toEqual([
      ['/sub/', undefined, 'alerts'],
      ['/', 'Bearer tk_own', 'alerts'],
      ['/', 'Bearer tk_own', 'alerts'],
    ])
  })

  it('signs in with a name and a password where there is no token', async () => {
    const settings = { server: server.url, username: 'ana', password: 'pw' }
    await send({ topic: 'alerts' }, {}, settings)
    await send({ topic: 'alerts' }, {}, { ...settings, token: 'tk_1' })
    await send({ topic: `${server.url}/alerts` }, {}, settings)
    await ntfy.verify?.({ settings, http, clock: () => NOW })
    const basic = `Basic ${Buffer.from('ana:pw').toString('base64')}`
    expect(server.requests.map(({ headers }) => headers.authorization)).toEqual([basic, 'Bearer tk_1', undefined, basic])
    expect(server.requests.at(-1)!.path).toBe('/v1/account')
    expect(ntfy.check({ settings: { server: server.url, username: 'ana' } })).toMatchObject([{ pointer: '/settings/password' }])
  })

  it('publishes to every topic of a shared connection, once each', async () => {
    server.respond({ body: { id: 'one' } })
    expect(await send({ topic: 'a', topics: ['b', 'a', `${server.url}/sub/c`] })).toEqual({ externalId: 'one' })
    expect(server.requests.map((request) => (request.json() as Publication).topic).sort()).toEqual(['a', 'b', 'c'])
    expect(ntfy.check({ destination: { topics: ['a', 'https://ntfy.example/'] } })).toMatchObject([{ pointer: '/destination/topics/1' }])
    expect(ntfy.check({ destination: {} })).toMatchObject([{ pointer: '/destination/topic' }])
  })

  it('says how many topics refused it, and tries again only what may get better', async () => {
    const answers: Record<string, number> = { a: 200, b: 403, c: 200 }
    server.respond((request) => answers[(request.json() as Publication).topic]!)
    expect(await send({ topics: ['a', 'b', 'c'] })).toEqual({ note: expect.stringMatching(/^1 of 3 topics refused it: .* answered 403$/) })
    answers['c'] = 429
    await expect(send({ topics: ['a', 'b', 'c'] })).rejects.toMatchObject({ failure: 'temporary', status: 429, settled: ['a', 'b'] })
    await expect(send({ topics: ['b'] })).rejects.toMatchObject({ failure: 'misconfigured', status: 403 })
    await expect(send({ topics: [] })).rejects.toMatchObject({ failure: 'misconfigured' })
  })

  it('asks no topic again that has the message', async () => {
    const topics = ['a', 'b', 'c']
    server.respond((request) => ((request.json() as Publication).topic === 'c' ? 503 : 200))
    await expect(send({ topics }, {}, undefined, { settled: ['a'] })).rejects.toMatchObject({ failure: 'temporary', settled: ['a', 'b'] })
    server.respond(403)
    expect(await send({ topics }, {}, undefined, { settled: ['a', 'b'] })).toEqual({ note: expect.stringMatching(/^1 of 3 topics refused it/) })
    expect(await send({ topics }, {}, undefined, { settled: topics })).toEqual({})
    expect(server.requests.map((request) => (request.json() as Publication).topic).sort()).toEqual(['b', 'c', 'c'])
  })

  it.each([
    ['medium', 'debug', 1],
    ['medium', 'success', 3],
    ['medium', 'warning', 4],
    ['medium', 'critical', 5],
    ['low', 'critical', 2],
    ['urgent', 'info', 5],
  ] as const)('%s priority and %s severity ring as %i', async (priority, severity, expected) => {
    await send({ topic: 'alerts' }, { priority, severity })
    expect(server.requests[0]?.json()).toMatchObject({ priority: expected })
  })

  it('keeps its text when buttons and picture alone would fill the request', async () => {
    const url = `https://example.com/${'x'.repeat(2_000)}`
    await send({ topic: 'alerts' }, { url, image: url, actions: Array.from({ length: 3 }, () => ({ label: 'Open', url })) })
    expect(server.requests[0]!.json()).toMatchObject({ message: 'main is **red**', click: url })
    expect(server.requests[0]!.json()).not.toHaveProperty('actions')
  })

  it('fits the request even when JSON doubles every character', async () => {
    await send({ topic: 'alerts' }, { title: endless('"'), body: endless('"\n\\') })
    expect(Buffer.byteLength(server.requests[0]!.body)).toBeLessThanOrEqual(8192)
    expect((server.requests[0]!.json() as Publication).message.length).toBeGreaterThan(3000)
  })

  it.each<[code: number, status: number, expected: object]>([
    [40009, 400, { failure: 'unreachable' }],
    [40010, 400, { failure: 'unreachable' }],
    [40014, 400, { failure: 'rejected' }],
    [40101, 401, { failure: 'misconfigured' }],
    [40301, 403, { failure: 'misconfigured' }],
    [41303, 413, { failure: 'rejected' }],
    [42901, 429, { failure: 'temporary', retryAfterMs: 10_000 }],
    [42908, 429, { failure: 'temporary', retryAfterMs: 14 * 3_600_000 }],
    ...[42902, 42905, 42910].map((code): [number, number, object] => [code, 429, { failure: 'temporary', retryAfterMs: 14 * 3_600_000 }]),
    [42909, 429, { failure: 'misconfigured' }],
    [50701, 507, { failure: 'temporary' }],
  ])('reads code %i', async (code, status, expected) => {
    server.respond({ status, body: { code, http: status, error: 'no' } })
    await expect(send({ topic: 'alerts' })).rejects.toMatchObject({ code: `ntfy_${code}`, message: `${server.url} answered ${status}: no`, ...expected })
  })

  it('leaves an address that a person typed to that person', async () => {
    const guarded = createHttp()
    const job = { message: exampleMessage(), delivery: { id: 'dlv_1', attempt: 1, createdAt: NOW }, http: guarded, clock: () => NOW }
    await expect(ntfy.send({ ...job, settings: {}, destination: { topic: `${server.url}/alerts` } })).rejects.toMatchObject({ failure: 'rejected' })
    await guarded.close()
  })

  it('calls a missing server page a wrong setting, but a missing topic elsewhere gone', async () => {
    server.respond(404)
    await expect(send({ topic: 'alerts' })).rejects.toMatchObject({ failure: 'misconfigured' })
    await expect(send({ topic: `${server.url}/alerts` })).rejects.toMatchObject({ failure: 'unreachable' })
  })

  it('lets a person’s own server and token fail for that person alone, and a forbidden topic for nobody', async () => {
    const own = [{ topic: 'alerts' }, { topic: 'alerts', token: 'tk_own' }, { topic: 'https://ntfy.example/alerts' }].map(ntfy.ownTarget)
    expect(own).toEqual([false, true, true])
    server.respond(403)
    await expect(send({ topic: 'alerts' })).rejects.toMatchObject({ failure: 'misconfigured', scope: 'message' })
    await expect(send({ topic: `${server.url}/alerts` })).rejects.toMatchObject({ failure: 'misconfigured', scope: 'target' })
    server.respond(401)
    await expect(send({ topic: 'alerts' })).rejects.toMatchObject({ failure: 'misconfigured', scope: 'target' })
  })

  it('tests the settings by the account of the token, or by the health page', async () => {
    await ntfy.verify?.({ settings: { server: server.url, token: 'tk_1' }, http, clock: () => NOW })
    await ntfy.verify?.({ settings: { server: server.url }, http, clock: () => NOW })
    expect(server.requests.map(({ method, path, headers }) => [method, path, headers.authorization])).toEqual([
      ['GET', '/v1/account', 'Bearer tk_1'],
      ['GET', '/v1/health', undefined],
    ])
  })

  it.each<[string, number]>([
    ['https://user:pw@ntfy.example/alerts', 1],
    ['https://ntfy.example/', 1],
    ['https://ntfy.example/a%20b', 1],
    ['https://ntfy.example/alerts', 0],
    ['alerts', 0],
  ])('checks the topic %s', (topic, problems) => expect(ntfy.check({ destination: { topic } })).toHaveLength(problems))
})
