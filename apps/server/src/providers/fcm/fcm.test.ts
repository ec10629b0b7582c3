import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest'
import { HOUR, MINUTE } from '../../domain/time.ts'
import { createOutbound, parseAllowList } from '../../security/outbound.ts'
import { DeliveryError } from '../kit/delivery-error.ts'
import { createHttp } from '../kit/http.ts'
import { describeProvider } from '../testing/describe-provider.ts'
import { fcmError, type Google, startGoogle } from '../testing/google.ts'
import { startHostile } from '../testing/hostile.ts'
import { endless, exampleMessage, NOW } from '../testing/message.ts'
import { startReceiver } from '../testing/receiver.ts'
import { fcm } from './fcm.ts'

const office = await startGoogle(() => NOW)
afterAll(() => office.close())

describeProvider(fcm, {
  given: (apiUrl) => ({ settings: { serviceAccount: office.keyFile(), apiUrl }, destination: { token: `s3cret-of-${apiUrl}` } }),
  sends: {
    path: '/v1/projects/project-1/messages:send',
    headers: { authorization: expect.stringMatching(/^Bearer ya29\.\d+$/) },
    json: {
      message: {
        token: expect.stringMatching(/^s3cret-of-http/),
        notification: { title: 'Build 7 failed', body: 'main is red' },
        data: { url: 'https://ci.example/7', type: 'build.failed' },
        android: { priority: 'HIGH', ttl: '86400s', notification: { tag: 'evt_1' } },
        apns: { payload: { aps: { 'thread-id': 'builds' } } },
      },
    },
  },
  accepted: { reply: { body: { name: 'projects/project-1/messages/1' } }, receipt: { externalId: 'projects/project-1/messages/1' } },
  failures: { 404: 'misconfigured', 410: 'misconfigured' },
  denied: 'misconfigured',
  limits: (request) => [{ text: request.body, limit: 4_096, unit: 'bytes' }],
})

describe('fcm', () => {
  const http = createHttp({ outbound: createOutbound({ allow: parseAllowList('127.0.0.1') }), clock: () => NOW })
  let google: Google
  let now = NOW
  beforeEach(async () => {
    now = NOW
    google = await startGoogle(() => now)
  })
  afterEach(() => google.close())
  afterAll(() => http.close())
  const settings = () => ({ serviceAccount: google.keyFile(), apiUrl: google.url })
  const send = (own: ReturnType<typeof settings>, more: object = {}, destination: { token: string } | { topic: string } = { token: 'phone-1' }) =>
    fcm.send({ settings: own, destination, message: exampleMessage(more), delivery: { id: 'dlv_1', attempt: 1, createdAt: NOW }, http, clock: () => now })

  it('asks for one token however many messages there are, and for the next before it ends', async () => {
    const own = settings()
    await Promise.all([send(own), send(own), send(own)])
    now = NOW + 50 * MINUTE
    await send(own)
    expect(google.tokens).toHaveLength(1)
    now = NOW + HOUR - 4 * MINUTE
    await send(own)
    expect(google.tokens).toHaveLength(2)
    expect(google.sent).toHaveLength(5)
  })

  it('asks once for another token when the one it has was withdrawn', async () => {
    const own = settings()
    await send(own)
    google.withdrawn.add(google.tokens[0]!)
    await expect(send(own)).resolves.toMatchObject({ externalId: 'projects/project-1/messages/2' })
    expect(google.tokens).toHaveLength(2)
    google.answer(() => ({ status: 401, body: { error: { status: 'UNAUTHENTICATED' } } }))
    await expect(send(own)).rejects.toMatchObject({ failure: 'misconfigured', code: 'fcm_unauthenticated' })
    expect(google.tokens).toHaveLength(3)
  })

  it('says what is wrong with the account, not what it is', async () => {
    const own = { ...settings(), serviceAccount: google.keyFile({ client_email: 'other@project-1.iam.example' }) }
    await expect(send(own)).rejects.toMatchObject({ failure: 'misconfigured', code: 'invalid_grant', status: 400 })
    google.respond(503)
    await expect(send(settings())).rejects.toMatchObject({ failure: 'temporary', status: 503 })
    google.respond(429)
    await expect(send(settings())).rejects.toMatchObject({ failure: 'temporary', status: 429 })
    google.respond(503)
    await expect(fcm.verify!({ settings: settings(), http, clock: () => now })).rejects.toMatchObject({ failure: 'temporary' })
  })

  it('carries the inbox entry and the badge as texts', async () => {
    await send(settings(), { notification: { id: 'ntf_1', unread: 7 } })
    expect(google.sent[0]!.json()).toMatchObject({
      message: {
        data: { notificationId: 'ntf_1', badge: '7', url: 'https://ci.example/7' },
        android: { notification: { tag: 'ntf_1', notification_count: 7 } },
        apns: { payload: { aps: { badge: 7 } } },
      },
    })
  })

  it('sends to a topic for a shared connection, in half the room', async () => {
    await send(settings(), { text: endless() }, { topic: 'news' })
    expect(google.sent[0]!.json()).toMatchObject({ message: { topic: 'news' } })
    expect(google.sent[0]!.bytes.length).toBeLessThanOrEqual(2_048)
    expect(google.sent[0]!.bytes.length).toBeGreaterThan(2_000)
  })

  it.each([
    ['an app that was removed', fcmError(404, 'NOT_FOUND', 'UNREGISTERED'), 'unreachable', 'fcm_unregistered'],
    ['the phone of another project', fcmError(403, 'PERMISSION_DENIED', 'SENDER_ID_MISMATCH'), 'misconfigured', 'fcm_sender_id_mismatch', 'message'],
    [
      'a token that is none, as the sentence says',
      fcmError(400, 'INVALID_ARGUMENT', 'INVALID_ARGUMENT', undefined, 'The registration token is not a valid FCM registration token'),
      'unreachable',
      'fcm_invalid_argument',
    ],
    ['a wrong project', fcmError(404, 'NOT_FOUND'), 'misconfigured', 'fcm_not_found', 'target'],
    ['a token that is none', fcmError(400, 'INVALID_ARGUMENT', 'INVALID_ARGUMENT', 'message.token'), 'unreachable', 'fcm_invalid_argument'],
    ['a payload that is too large', fcmError(400, 'INVALID_ARGUMENT', 'INVALID_ARGUMENT', 'message.data'), 'rejected', 'fcm_invalid_argument'],
    ['an account without the role', fcmError(403, 'PERMISSION_DENIED'), 'misconfigured', 'fcm_permission_denied', 'target'],
    ['a project without an APNs key', fcmError(401, 'UNAUTHENTICATED', 'THIRD_PARTY_AUTH_ERROR'), 'misconfigured', 'fcm_third_party_auth_error', 'message'],
    ['a used-up quota', fcmError(429, 'RESOURCE_EXHAUSTED', 'QUOTA_EXCEEDED'), 'temporary', 'fcm_quota_exceeded'],
    ['a page in place of an answer', { status: 502, body: {} }, 'temporary', 'http_502'],
  ])('reads %s', async (_what, answer, failure, code, scope = expect.anything()) => {
    google.answer(() => answer)
    await expect(send(settings())).rejects.toMatchObject({ failure, code, scope })
    expect(google.tokens).toHaveLength(1)
  })

  it('knows a used-up quota by its name, whatever the status, and tells what Google says of it', async () => {
    google.answer(() => fcmError(400, 'RESOURCE_EXHAUSTED', 'QUOTA_EXCEEDED', undefined, 'Quota exceeded for this device.'))
    const said = expect.stringMatching(/answered 400: Quota exceeded for this device\.$/)
    await expect(send(settings())).rejects.toMatchObject({ failure: 'temporary', throttled: 'target', retryAfterMs: MINUTE, message: said })
  })

  it('waits as long as it is told, by header or detail, and a minute when a quota is used up and nothing is said', async () => {
    const waited = async (answer: ReturnType<typeof fcmError> & { headers?: Record<string, string> }) => {
      google.answer(() => answer)
      const error = await send(settings()).catch((thrown: unknown) => thrown)
      return error instanceof DeliveryError ? error.retryAfterMs : error
    }
    const told = (status: number, delay?: string) => fcmError(status, 'UNAVAILABLE', undefined, undefined, 'later', delay)
    expect(await waited(told(429))).toBe(MINUTE)
    expect(await waited(told(429, '30.5s'))).toBe(30_500)
    expect(await waited(told(503, '20s'))).toBe(20_000)
    expect(await waited({ ...told(503, '20s'), headers: { 'retry-after': '7' } })).toBe(7_000)
    expect(await waited(told(503))).toBeUndefined()
  })

  it.each([
    ['medium', 'info', 'NORMAL'],
    ['medium', 'warning', 'HIGH'],
    ['low', 'critical', 'NORMAL'],
    ['urgent', 'info', 'HIGH'],
  ] as const)('wakes a phone for %s priority and %s severity as %s', async (priority, severity, expected) => {
    await send(settings(), { priority, severity })
    expect(google.sent[0]!.json()).toMatchObject({ message: { android: { priority: expected } } })
  })

  it('leaves out picture and link where a topic has no room for them', async () => {
    const long = `https://example.com/${'x'.repeat(1_900)}`
    await send(settings(), { url: long, image: 'https://x.test/i.png', text: endless() }, { topic: 'news' })
    await send(settings(), { url: long, text: endless() })
    const [topic, phone] = google.sent.map((request) => (request.json() as { message: { data: object; notification: { body: string } } }).message)
    expect(topic!.data).not.toHaveProperty('url')
    expect(topic!.notification.body.length).toBeGreaterThan(500)
    expect(phone!.data).toMatchObject({ url: long })
  })

  it('is tested by a trial run that reaches nobody', async () => {
    const own = { ...settings(), apiUrl: google.url }
    await expect(fcm.verify!({ settings: own, http, clock: () => now })).resolves.toBeUndefined()
    expect(google.requests.at(-1)!.json()).toMatchObject({ validate_only: true, message: { topic: 'carillon' } })
    expect(google.sent).toEqual([])
    google.answer(() => fcmError(403, 'PERMISSION_DENIED', 'SERVICE_DISABLED'))
    await expect(fcm.verify!({ settings: own, http, clock: () => now })).rejects.toMatchObject({ failure: 'misconfigured', code: 'fcm_service_disabled' })
  })

  it('knows that a silent token page has no message', async () => {
    const silent = await startHostile('stall')
    const impatient = createHttp({ outbound: createOutbound({ allow: parseAllowList('127.0.0.1') }), deadlineMs: 100 })
    const own = { ...settings(), serviceAccount: google.keyFile({ token_uri: `${silent.url}/token` }) }
    const job = {
      settings: own,
      destination: { token: 'x' },
      message: exampleMessage(),
      delivery: { id: 'dlv_1', attempt: 1, createdAt: NOW },
      clock: () => NOW,
    }
    await expect(fcm.send({ ...job, http: impatient })).rejects.toMatchObject({ failure: 'temporary', code: 'timeout', maybeDelivered: false })
    await impatient.close()
    await silent.close()
  })

  it('tries again when the token page asks for patience, in its status or in its body', async () => {
    const busy = await startReceiver()
    const own = () => ({ ...settings(), serviceAccount: google.keyFile({ token_uri: busy.url }) })
    for (const [status, error] of [
      [400, 'temporarily_unavailable'],
      [408, 'invalid_grant'],
    ] as const) {
      busy.respond({ status, body: { error } })
      await expect(send(own())).rejects.toMatchObject({ failure: 'temporary', code: error })
    }
    busy.respond({ status: 400, body: { error: 'invalid_grant' } })
    await expect(send(own())).rejects.toMatchObject({ failure: 'misconfigured', code: 'invalid_grant' })
    await busy.close()
  })

  it.each([
    ['no JSON', 'not json', /whole JSON/],
    ['another file', '{"type":"authorized_user"}', /type/],
    ['a file without a key', JSON.stringify({ type: 'service_account', project_id: 'a', private_key_id: 'b', client_email: 'c' }), /private_key/],
    ['a key that is none', office.keyFile({ private_key: 's3cret' }), /cannot be read/],
    ['a token address with a scheme of its own', office.keyFile({ token_uri: 'file:///etc/passwd' }), /token_uri/],
  ])('refuses %s', (_what, serviceAccount, message) => {
    const problems = fcm.check({ settings: { serviceAccount } })
    expect(problems).toEqual([{ pointer: '/settings/serviceAccount', message: expect.stringMatching(message) }])
    expect(JSON.stringify(problems)).not.toContain('s3cret')
  })
})
