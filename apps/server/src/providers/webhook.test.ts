import { Webhook } from 'standardwebhooks'
import { afterEach, describe, expect, it } from 'vitest'
import type { JsonObject } from '../domain/json.ts'
import { createOutbound, parseAllowList } from '../security/outbound.ts'
import { generateWebhookSecret, signWebhook, webhookKey } from '../security/signatures.ts'
import { createHttp } from './kit/http.ts'
import { describeProvider } from './testing/describe-provider.ts'
import { exampleMessage, NOW } from './testing/message.ts'
import { startReceiver } from './testing/receiver.ts'
import { webhook } from './webhook.ts'

const SECRET = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'
const body = {
  id: 'dlv_1',
  eventId: 'evt_1',
  type: 'build.failed',
  category: 'builds',
  priority: 'high',
  severity: 'error',
  title: 'Build 7 failed',
  body: 'main is red',
  url: 'https://ci.example/7',
  actions: [{ label: 'Open', url: 'https://ci.example/7/log' }],
  fields: [{ label: 'Branch', value: 'main' }],
  data: { build: 7 },
  user: { id: 'ana' },
  createdAt: '2026-11-20T10:00:00.000Z',
}

describeProvider(webhook, {
  given: (url) => ({ settings: {}, destination: { url: `${url}/hook?a=b`, secret: SECRET, headers: { 'X-Team': 's3cret-header' }, bearer: 's3cret-token' } }),
  sends: {
    path: '/hook?a=b',
    headers: {
      'x-team': 's3cret-header',
      authorization: 'Bearer s3cret-token',
      'webhook-id': 'dlv_1',
      'webhook-timestamp': String(NOW / 1000),
      'webhook-signature': signWebhook([webhookKey(SECRET)], 'dlv_1', NOW / 1000, JSON.stringify(body)),
    },
    json: body,
  },
  accepted: { reply: { status: 204 }, receipt: {} },
  pages: true,
  failures: { 404: 'temporary' },
  limits: () => [],
})

describe('webhook', () => {
  const closing: { close(): Promise<void> }[] = []
  afterEach(async () => {
    for (const one of closing.splice(0)) await one.close()
  })
  const deliver = async (destination: JsonObject, at = NOW) => {
    const receiver = await startReceiver()
    const http = createHttp({ outbound: createOutbound({ allow: parseAllowList('127.0.0.1') }) })
    closing.push(http, receiver)
    const delivery = { id: 'dlv_1', attempt: 2, createdAt: NOW }
    await webhook.send({ settings: {}, destination: { url: receiver.url, ...destination }, message: exampleMessage(), delivery, http, clock: () => at })
    return receiver.requests[0]!
  }

  it('is verified by the official library with either secret of a rotation, on every attempt', async () => {
    const [next, old] = [generateWebhookSecret(), generateWebhookSecret()]
    const { body: raw, headers } = await deliver({ secret: [next, old] }, Date.now())
    for (const secret of [next, old]) expect(new Webhook(secret).verify(raw, headers as Record<string, string>)).toMatchObject({ id: 'dlv_1' })
    expect(() => new Webhook(generateWebhookSecret()).verify(raw, headers as Record<string, string>)).toThrow()
  })

  it('signs nothing without a secret, but always says which delivery it is', async () => {
    const { headers } = await deliver({})
    expect(headers).toMatchObject({ 'webhook-id': 'dlv_1', 'webhook-timestamp': String(NOW / 1000) })
    expect(headers).not.toHaveProperty('webhook-signature')
  })

  it('speaks PUT and basic auth', async () => {
    const { method, headers } = await deliver({ method: 'PUT', username: 'ana', password: 'pä:ss' })
    expect([method, headers.authorization]).toEqual(['PUT', `Basic ${Buffer.from('ana:pä:ss').toString('base64')}`])
  })

  it('lets nobody replace the headers that frame or sign the request, even in a row that was never checked', async () => {
    const { headers } = await deliver({ headers: { 'Webhook-Id': 'forged', HOST: 'evil.example', 'Content-Length': '1', 'x-ok': '1' } })
    expect(headers).toMatchObject({ 'webhook-id': 'dlv_1', host: expect.stringMatching(/^127\.0\.0\.1:/), 'x-ok': '1' })
  })

  it.each<[JsonObject, string]>([
    [{ url: 'http://user:pw@example.com/' }, '/destination/url'],
    [{ url: 'ftp://example.com/' }, '/destination/url'],
    [{ headers: { 'Content-Length': '3' } }, '/destination/headers/Content-Length'],
    [{ headers: { 'x-bell': '🔔' } }, '/destination/headers/x-bell'],
    [{ bearer: '🔔' }, '/destination/bearer'],
    [{ headers: { 'webhook-signature': 'v1,x' } }, '/destination/headers/webhook-signature'],
    [{ headers: { 'a/b': 'x' } }, '/destination/headers/a~1b'],
    [{ secret: 'whsec_short' }, '/destination/secret'],
    [{ bearer: 'x', username: 'y' }, '/destination/bearer'],
  ])('refuses %j when it is saved', (part, pointer) => {
    expect(webhook.check({ destination: { url: 'https://example.com/', ...part } })).toMatchObject([{ pointer }])
  })

  it('knows one URL in two spellings', () => {
    const same = (url: string) => webhook.sameAddress({ url })
    expect(same('HTTPS://Example.com:443/a#x')).toBe(same('https://example.com/a'))
    expect(same('https://example.com/a')).not.toBe(same('https://example.com/A'))
  })
})
