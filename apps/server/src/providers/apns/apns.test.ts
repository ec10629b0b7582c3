import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { JsonObject } from '../../domain/json.ts'
import { MINUTE, SECOND } from '../../domain/time.ts'
import { createOutbound, parseAllowList } from '../../security/outbound.ts'
import { createHttp } from '../kit/http.ts'
import { createHttp2Client } from '../kit/http2.ts'
import { type Apns, startApns } from '../testing/apns.ts'
import { createCertificates } from '../testing/certificates.ts'
import { fieldsWithoutTitle } from '../testing/fields.ts'
import { endless, exampleMessage, NOW } from '../testing/message.ts'
import { apns } from './apns.ts'

describe('apns', () => {
  const http = createHttp({ outbound: createOutbound({ allow: parseAllowList('127.0.0.1') }) })
  let production: Apns
  let sandbox: Apns
  let now = NOW
  const opened: JsonObject[] = []
  beforeEach(async () => {
    now = NOW
    ;[production, sandbox] = await Promise.all([startApns(() => now), startApns(() => now)])
  })
  afterEach(async () => {
    for (const one of opened.splice(0)) await apns.dispose(one)
    await Promise.all([production.close(), sandbox.close()])
  })

  function settings(changes: JsonObject = {}): JsonObject {
    const made: JsonObject = {
      key: production.key,
      keyId: 'KEY1234567',
      teamId: 'TEAM123456',
      bundleId: 'com.example.bells',
      apiUrl: production.url,
      ca: production.ca,
      ...changes,
    }
    opened.push(made)
    return made
  }
  const TOKEN = 'AB'.repeat(32)
  const send = (own: JsonObject, more: object = {}, to: object = {}, door = http) =>
    apns.send({
      settings: own,
      destination: { token: TOKEN, environment: 'production', ...to },
      message: exampleMessage(more),
      delivery: { id: 'dlv_019aa0b1c2d37000811122334455667f', attempt: 1, createdAt: NOW },
      http: door,
      clock: () => now,
    })

  it('sends the request that Apple documents', async () => {
    await expect(send(settings(), { notification: { id: 'ntf_1', unread: 3 } })).resolves.toEqual({ externalId: '019aa0b1-c2d3-7000-8111-22334455667f' })
    expect(production.received).toMatchObject([
      {
        path: `/3/device/${TOKEN.toLowerCase()}`,
        headers: {
          'apns-topic': 'com.example.bells',
          'apns-push-type': 'alert',
          'apns-priority': '10',
          'apns-expiration': String(NOW / SECOND + 86_400),
          'apns-id': '019aa0b1-c2d3-7000-8111-22334455667f',
          'apns-collapse-id': 'ntf_1',
        },
        payload: {
          aps: {
            alert: { title: 'Build 7 failed', body: 'main is red' },
            badge: 3,
            sound: 'default',
            'thread-id': 'builds',
            'interruption-level': 'time-sensitive',
          },
          notificationId: 'ntf_1',
          url: 'https://ci.example/7',
          type: 'build.failed',
        },
      },
    ])
  })

  it('keeps one connection and one token, and signs anew between 20 and 60 minutes', async () => {
    const own = settings()
    for (const minutes of [0, 19, 39, 41, 60]) {
      now = NOW + minutes * MINUTE
      await send(own)
    }
    expect(production.connections()).toBe(1)
    expect(production.received.map(({ signedAt }) => (signedAt * SECOND - NOW) / MINUTE)).toEqual([0, 0, 0, 41, 41])
  })

  it('signs anew, once, when Apple says that a token is too old', async () => {
    const own = settings()
    await send(own)
    let refused = 0
    production.answer(() => (refused++ === 0 ? { status: 403, reason: 'ExpiredProviderToken' } : undefined))
    await expect(send(own)).resolves.toBeDefined()
    refused = Number.NEGATIVE_INFINITY
    production.answer(() => ({ status: 403, reason: 'ExpiredProviderToken' }))
    const before = production.received.length
    await expect(send(own)).rejects.toMatchObject({ failure: 'misconfigured', code: 'apns_expired_provider_token' })
    expect(production.received.length - before).toBe(2)
  })

  it('goes on over a new connection after GOAWAY', async () => {
    const own = settings()
    await send(own)
    production.goAway()
    await send(own)
    expect([production.received.length, production.connections()]).toEqual([2, 2])
  })

  it('sends again, once, what GOAWAY says was not looked at', async () => {
    let first = true
    production.answer(() => {
      const said = first ? 'goaway' : undefined
      first = false
      return said
    })
    await expect(send(settings())).resolves.toBeDefined()
    expect([production.received.length, production.connections()]).toEqual([1, 2])
    production.answer(() => 'goaway')
    await expect(send(settings())).rejects.toMatchObject({ failure: 'temporary', code: 'shutdown', maybeDelivered: false })
  })

  it('does not know what became of a message that nobody answered', async () => {
    production.answer(() => 'silence')
    const client = createHttp2Client({ ca: production.ca, deadlineMs: 50 })
    const token = await tokenSentBy(settings())
    await expect(client.post(http, production.url, '/3/device/0', { authorization: token }, '{}')).rejects.toMatchObject({
      code: 'timeout',
      maybeDelivered: true,
    })
    client.close()
  })

  it('lets the others on a connection end in peace when one of them is not answered', async () => {
    const token = await tokenSentBy(settings())
    const client = createHttp2Client({ ca: production.ca, deadlineMs: 300 })
    const before = production.connections()
    const asked = new Map<string, () => void>()
    const post = (path: string) => {
      const arrived = new Promise<void>((resolve) => asked.set(path, resolve))
      return { arrived, answer: client.post(http, production.url, path, { authorization: token }, '{}') }
    }
    const patient = Promise.withResolvers<undefined>()
    production.answer(({ path }) => {
      asked.get(path)?.()
      return path === '/hangs' ? 'silence' : patient.promise
    })
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    const hanging = post('/hangs')
    await hanging.arrived
    vi.advanceTimersByTime(200)
    const others = ['/1', '/2'].map(post)
    await Promise.all(others.map(({ arrived }) => arrived))
    vi.advanceTimersByTime(100)
    vi.useRealTimers()
    await expect(hanging.answer).rejects.toMatchObject({ code: 'timeout', maybeDelivered: true })
    const next = post('/3')
    patient.resolve(undefined)
    expect(await Promise.all([...others, next].map(({ answer }) => answer))).toMatchObject([{ status: 200 }, { status: 200 }, { status: 200 }])
    expect(production.connections() - before).toBe(2)
    client.close()
  })

  async function tokenSentBy(own: JsonObject): Promise<string> {
    production.answer(() => undefined)
    await send(own)
    production.answer(() => 'silence')
    return String(production.received[0]!.headers.authorization)
  }

  it.each([
    ['production', 'production', 1, 0],
    ['sandbox', 'sandbox', 0, 1],
  ] as const)('speaks to %s where the device is from', async (_what, environment, productions, sandboxes) => {
    // One authority cannot have signed both servers here.
    await send(settings({ sandboxApiUrl: sandbox.url, ca: environment === 'sandbox' ? sandbox.ca : production.ca }), {}, { environment })
    expect([production.received.length, sandbox.received.length]).toEqual([productions, sandboxes])
  })

  it('looks in the other place, once, for a device that did not say where it is from', async () => {
    const own = settings({ sandboxApiUrl: production.url })
    let asked = 0
    production.answer(() => (asked++ === 0 ? { status: 400, reason: 'BadDeviceToken' } : undefined))
    await expect(send(own, {}, { environment: undefined })).resolves.toBeDefined()
    expect(asked).toBe(2)
  })

  it('believes what the first place said of a device when the other one refuses the key', async () => {
    let asked = 0
    production.answer(() => (asked++ === 0 ? { status: 400, reason: 'BadDeviceToken' } : { status: 403, reason: 'BadEnvironmentKeyInToken' }))
    await expect(send(settings({ sandboxApiUrl: production.url }), {}, { environment: undefined })).rejects.toMatchObject({
      failure: 'unreachable',
      code: 'apns_bad_device_token',
    })
    expect(asked).toBe(2)
  })

  it.each([
    ['medium', 'debug', '5', 'passive'],
    ['medium', 'info', '5', 'active'],
    ['medium', 'success', '10', 'active'],
    ['medium', 'critical', '10', 'time-sensitive'],
    ['low', 'critical', '5', 'passive'],
    ['urgent', 'info', '10', 'time-sensitive'],
  ] as const)('%s priority and %s severity are %s, %s', async (priority, severity, expected, level) => {
    await send(settings(), { priority, severity })
    expect(production.received).toMatchObject([{ headers: { 'apns-priority': expected }, payload: { aps: { 'interruption-level': level } } }])
  })

  it.each([
    [400, 'BadDeviceToken', 'unreachable', 'message'],
    [400, 'DeviceTokenNotForTopic', 'misconfigured', 'message'],
    [400, 'TopicDisallowed', 'misconfigured', 'target'],
    [400, 'PayloadEmpty', 'rejected', 'message'],
    [400, 'IdleTimeout', 'temporary', 'target'],
    [403, 'InvalidProviderToken', 'misconfigured', 'target'],
    [404, 'BadPath', 'misconfigured', 'target'],
    [405, 'MethodNotAllowed', 'rejected', 'message'],
    [410, 'Unregistered', 'unreachable', 'message'],
    [410, 'ExpiredToken', 'unreachable', 'message'],
    [413, 'PayloadTooLarge', 'rejected', 'message'],
    [429, 'TooManyProviderTokenUpdates', 'temporary', 'target'],
    [429, 'TooManyRequests', 'temporary', 'message'],
    [500, 'InternalServerError', 'temporary', 'target'],
    [503, 'Shutdown', 'temporary', 'target'],
    [502, undefined, 'temporary', 'target'],
  ])('reads %i %s as %s', async (status, reason, failure, scope) => {
    production.answer(() => ({ status, ...(reason && { reason }) }))
    const error = await send(settings()).catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({ failure, scope, status, throttled: status === 429 ? 'target' : undefined, message: expect.stringContaining(reason ?? '') })
    expect(String(error)).not.toContain(TOKEN.toLowerCase())
  })

  it('does not hold a bundle id that a device brought against the connection', async () => {
    production.answer(() => ({ status: 400, reason: 'TopicDisallowed' }))
    const other = { app: 'com.example.other' }
    await expect(send(settings(), {}, other)).rejects.toMatchObject({ failure: 'misconfigured', scope: 'message' })
    production.answer(() => ({ status: 400, reason: 'DeviceTokenNotForTopic' }))
    await expect(send(settings(), {}, other)).rejects.toMatchObject({ failure: 'unreachable', scope: 'message' })
  })

  it('keeps everything within 4096 bytes', async () => {
    await send(settings(), { title: endless(), text: endless(), url: `https://example.com/${'x'.repeat(2000)}` })
    expect(production.received[0]!.bytes).toBeLessThanOrEqual(4_096)
    expect(production.received[0]!.bytes).toBeGreaterThan(4_000)
  })

  it('knows a dead network, a foreign certificate, another protocol and a forbidden address', async () => {
    await expect(send(settings({ ca: createCertificates().ca }))).rejects.toMatchObject({ failure: 'misconfigured', code: 'tls' })
    const guarded = createHttp()
    await expect(send(settings(), {}, {}, guarded)).rejects.toMatchObject({ failure: 'misconfigured', code: 'address_not_allowed' })
    expect(production.received).toEqual([])
    await production.close()
    await expect(send(settings())).rejects.toMatchObject({ failure: 'temporary', code: 'refused', maybeDelivered: false })
    await guarded.close()
  })

  it('is tested without telling anybody', async () => {
    production.answer(({ path }) => ({ status: 400, reason: path.endsWith('0'.repeat(64)) ? 'BadDeviceToken' : 'PayloadEmpty' }))
    await expect(apns.verify!({ settings: settings(), http, clock: () => now })).resolves.toBeUndefined()
    await expect(apns.verify!({ settings: settings({ teamId: 'TEAM000000' }), http, clock: () => now })).rejects.toMatchObject({
      failure: 'misconfigured',
      code: 'apns_invalid_provider_token',
    })
  })

  it('says what is wrong with a form, and what every field is', () => {
    const pointers = (changes: JsonObject) => apns.check({ settings: settings(changes) }).map(({ pointer }) => pointer)
    expect([pointers({}), pointers({ key: 's3cret' }), pointers({ apiUrl: 'http://apns.example' })]).toEqual([[], ['/settings/key'], ['/settings/apiUrl']])
    expect([...fieldsWithoutTitle(apns.settings), ...fieldsWithoutTitle(apns.destination)]).toEqual([])
    expect(apns.sameAddress({ token: TOKEN })).toBe(apns.sameAddress({ token: TOKEN.toLowerCase(), environment: 'sandbox' }))
  })
})
