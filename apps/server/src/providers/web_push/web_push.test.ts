import { afterAll, describe, expect, it } from 'vitest'
import { HOUR, SECOND } from '../../domain/time.ts'
import { createOutbound, parseAllowList } from '../../security/outbound.ts'
import { createHttp } from '../kit/http.ts'
import { describeProvider } from '../testing/describe-provider.ts'
import { endless, exampleMessage, NOW } from '../testing/message.ts'
import { createSubscriber, startPushService, vapidClaims } from '../testing/push-service.ts'
import { startReceiver } from '../testing/receiver.ts'
import { generateVapidKeys, isPair, vapidKeyId } from './vapid.ts'
import { webPush } from './web_push.ts'

const keys = generateVapidKeys()
const browser = createSubscriber()
const given = (url: string) => ({
  settings: { subject: 'mailto:ops@example.com', ...keys, pushServices: [new URL(url).origin] },
  destination: { endpoint: `${url}/push/s3cret-token`, keys: browser.keys, keyId: vapidKeyId(keys.publicKey) },
})
const notification = { id: 'ntf_1', unread: 3 }

describeProvider(webPush, {
  sealed: true,
  given,
  slim: true,
  sends: {
    path: '/push/s3cret-token',
    type: 'application/octet-stream',
    headers: { 'content-encoding': 'aes128gcm', ttl: '86400', urgency: 'high', topic: expect.stringMatching(/^[\w-]{32}$/) },
    read: (request) => JSON.parse(browser.read(request)),
    json: {
      title: 'Build 7 failed',
      body: 'main is red',
      url: 'https://ci.example/7',
      tag: 'evt_1',
      type: 'build.failed',
      severity: 'error',
      locale: 'en',
      createdAt: NOW,
      actions: [{ label: 'Open', url: 'https://ci.example/7/log' }],
    },
  },
  accepted: { reply: { status: 201 }, receipt: {} },
  limits: (request) => [
    { text: browser.read(request), limit: 2_600, unit: 'bytes' },
    { text: 'x'.repeat(request.bytes.length), limit: 2_744, unit: 'bytes' },
    { text: JSON.parse(browser.read(request)).title, limit: 250, unit: 'bytes' },
  ],
})

describe('web push', () => {
  const http = createHttp({ outbound: createOutbound({ allow: parseAllowList('127.0.0.1') }), clock: () => NOW })
  afterAll(() => http.close())
  const send = (to: ReturnType<typeof given>, more: object = {}, now = NOW) =>
    webPush.send({ ...to, message: exampleMessage(more), delivery: { id: 'dlv_1', attempt: 1, createdAt: NOW }, http, clock: () => now })

  it('is read by the subscriber of RFC 8291, appendix A', () => {
    const subscriber = createSubscriber('q1dXpw3UpT5VOmu_cf_v6ih07Aems3njxI-JWgLcM94', 'BTBZMqHH6r4Tts7J_aSIgg')
    expect(subscriber.keys.p256dh).toBe('BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4')
    const body =
      'DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN'
    expect(subscriber.read({ bytes: Buffer.from(body, 'base64url') })).toBe('When I grow up, I want to be a watermelon')
  })

  it('reads the token of RFC 8292, section 2.4', () => {
    const key = 'BA1Hxzyi1RUM1b5wjxsn7nGxAszw2u61m164i3MrAIxHF6YK5h4SDYic-dRuU_RCPCfA5aq9ojSwk5Y2EmClBPs'
    const token =
      'eyJ0eXAiOiJKV1QiLCJhbGciOiJFUzI1NiJ9.eyJhdWQiOiJodHRwczovL3B1c2guZXhhbXBsZS5uZXQiLCJleHAiOjE0NTM1MjM3NjgsInN1YiI6Im1haWx0bzpwdXNoQGV4YW1wbGUuY29tIn0.i3CYb7t4xfxCDquptFOepC9GAu_HLGkMlMuCGSK2rpiUfnK9ojFwDXb1JrErtmysazNjjvW2L9OkSSHzvoD1oA'
    const claims = { aud: 'https://push.example.net', exp: 1_453_523_768, sub: 'mailto:push@example.com' }
    expect(vapidClaims({ headers: { authorization: `vapid t=${token}, k=${key}` } }, key)).toEqual(claims)
    const forged = token.replace('ODQ', 'ODU').replace('E0NTM1', 'E0NTM2')
    expect(() => vapidClaims({ headers: { authorization: `vapid t=${forged}, k=${key}` } }, key)).toThrow('not signed')
  })

  it('is taken by a push service that looks at everything, and by none with another key', async () => {
    const service = await startPushService(() => NOW)
    const subscription = service.subscribe('ada', keys.publicKey)
    const to = {
      settings: given(service.url).settings,
      destination: { endpoint: subscription.endpoint, keys: subscription.keys, keyId: vapidKeyId(keys.publicKey) },
    }
    await expect(send(to, { notification })).resolves.toEqual({})
    expect(service.read('ada')).toMatchObject([{ title: 'Build 7 failed', notificationId: 'ntf_1', badge: 3 }])
    service.subscribe('ada', generateVapidKeys().publicKey)
    await expect(send(to)).rejects.toMatchObject({ failure: 'misconfigured', status: 403 })
    expect(service.read('ada')).toEqual([])
    await service.close()
  })

  it('leaves out pictures, buttons and links where they would take the room of the text', async () => {
    const vendor = await startReceiver(201)
    const long = `https://example.com/${'x'.repeat(2_000)}`
    await send(given(vendor.url), { url: long, text: 'short' })
    await send(given(vendor.url), { url: long, image: long, actions: [{ label: 'Open', url: long }], text: 'short' })
    await send(given(vendor.url), { url: long, image: long, text: endless() })
    const read = vendor.requests.map((request) => JSON.parse(browser.read(request)))
    expect(read.map(({ url, image, actions }) => [url === long, image === long, actions.length])).toEqual([
      [true, false, 1],
      [true, false, 0],
      [false, false, 0],
    ])
    expect(read[2].body.length).toBeGreaterThan(1_000)
    await vendor.close()
  })

  it('warns of a contact that Apple refuses', () => {
    const found = (subject: string) => webPush.check({ settings: { subject, ...keys } })
    expect([found('mailto:ops@example.com'), found('https://example.com/localhost')]).toEqual([[], []])
    for (const subject of ['mailto:ops@localhost', 'https://localhost:8484', 'https://127.0.0.1'])
      expect(found(subject)).toMatchObject([{ pointer: '/settings/subject', severity: 'warning' }])
  })

  it('signs for the origin of the endpoint, and signs again before that ends', async () => {
    const vendor = await startReceiver(201)
    const to = given(vendor.url)
    for (const now of [NOW, NOW + 10 * HOUR, NOW + 11.5 * HOUR]) await send(to, {}, now)
    const ends = vendor.requests.map((request) => vapidClaims(request, keys.publicKey))
    expect(ends[0]).toEqual({ aud: vendor.url, exp: (NOW + 12 * HOUR) / SECOND, sub: 'mailto:ops@example.com' })
    expect(ends.map(({ exp }) => exp * SECOND - NOW)).toEqual([12 * HOUR, 12 * HOUR, 23.5 * HOUR])
    expect(() => vapidClaims(vendor.requests[0]!, generateVapidKeys().publicKey)).toThrow('not signed')
    await vendor.close()
  })

  it('carries the inbox entry, the badge and its urgency', async () => {
    const vendor = await startReceiver(201)
    await send(given(vendor.url), { notification })
    await send(given(vendor.url), { notification, body: endless(), severity: 'debug', priority: 'medium' })
    await send(given(vendor.url), { severity: 'error', priority: 'low' })
    expect(JSON.parse(browser.read(vendor.requests[0]!))).toMatchObject({ notificationId: 'ntf_1', badge: 3, tag: 'ntf_1' })
    expect(vendor.requests.map(({ headers }) => headers['urgency'])).toEqual(['high', 'very-low', 'low'])
    await vendor.close()
  })

  it('has one topic for all attempts of a delivery, by which a later one replaces what still waits, and another for another delivery', async () => {
    const vendor = await startReceiver(201)
    for (const delivery of [
      { id: 'dlv_1', attempt: 1 },
      { id: 'dlv_1', attempt: 2 },
      { id: 'dlv_2', attempt: 1 },
    ])
      await webPush.send({
        ...given(vendor.url),
        message: exampleMessage(),
        delivery: { ...delivery, createdAt: NOW + delivery.attempt },
        http,
        clock: () => NOW + delivery.attempt * HOUR,
      })
    const [first, again, other] = vendor.requests.map(({ headers }) => headers['topic'])
    expect(again).toBe(first)
    expect(other).not.toBe(first)
    await vendor.close()
  })

  it.each([
    [undefined, '86400'],
    [0, '0'],
    [600, '600'],
  ])('waits at the push service for as long as the settings say: %s seconds', async (ttl, header) => {
    const vendor = await startReceiver(201)
    const to = given(vendor.url)
    await send({ ...to, settings: { ...to.settings, ...(ttl === undefined ? {} : { ttl }) } })
    expect(vendor.requests[0]!.headers['ttl']).toBe(header)
    await vendor.close()
  })

  it.each([
    ['a hash that does not fit, as Apple says it', 403, { reason: 'VapidPkHashMismatch' }, 'rejected', 'vapid_mismatch'],
    ['an expired endpoint, as Mozilla says it', 410, { errno: 103 }, 'unreachable', 'push_103'],
    ['a bad token, as Mozilla says it', 401, { errno: 109 }, 'misconfigured', 'push_109'],
    ['a bad token, as Apple says it', 403, { reason: 'BadJwtToken' }, 'misconfigured', 'http_403'],
  ])('reads %s', async (_what, status, body, failure, code) => {
    const vendor = await startReceiver({ status, body })
    const said = 'reason' in body ? body.reason : ''
    await expect(send(given(vendor.url))).rejects.toMatchObject({ failure, code, message: expect.stringContaining(said) })
    await vendor.close()
  })

  it('leaves a browser of another key to the next connection, and calls no server that is not on the list', async () => {
    const vendor = await startReceiver(201)
    const to = given(vendor.url)
    await expect(send({ ...to, destination: { ...to.destination, keyId: 'another' } })).rejects.toMatchObject({
      failure: 'misconfigured',
      code: 'vapid_key',
      scope: 'message',
    })
    await expect(send({ ...to, settings: { ...to.settings, pushServices: [] } })).rejects.toMatchObject({ failure: 'rejected', code: 'push_service' })
    expect(vendor.requests).toEqual([])
    await vendor.close()
  })

  const pointers = (endpoint: string, settings?: object) =>
    webPush
      .check({ destination: { endpoint, keys: browser.keys }, ...(settings && { settings: { subject: 'mailto:a@b.test', ...settings } }) })
      .map(({ pointer }) => pointer)

  it.each([
    'https://fcm.googleapis.com/fcm/send/x',
    'https://updates.push.services.mozilla.com/wpush/v2/x',
    'https://web.push.apple.com/x',
    'https://db5p.notify.windows.com/w/?token=x',
  ])('knows %s as a push service', (endpoint) => {
    expect(pointers(endpoint)).toEqual([])
  })

  it.each([
    'http://fcm.googleapis.com/x',
    'https://fcm.googleapis.com:8443/x',
    'https://user@fcm.googleapis.com/x',
    'https://attacker.example/fcm.googleapis.com/x',
    'https://fcm.googleapis.com.attacker.example/x',
    'https://evilfcm.googleapis.com.evil/x',
    'https://notfcm.googleapis.com/x',
    'https://127.0.0.1/x',
  ])('refuses %s', (endpoint) => {
    expect(pointers(endpoint)).toEqual(['/destination/endpoint'])
  })

  it('takes hosts and origins that the operator adds, and nothing that is neither', () => {
    expect(pointers('https://eu.push.example.com/x', { pushServices: ['push.example.com'] })).toEqual([])
    expect(pointers('https://push.example.com:8443/x', { pushServices: ['https://push.example.com:8443'] })).toEqual([])
    expect(pointers('https://push.example.com:8444/x', { pushServices: ['https://push.example.com:8443'] })).toEqual(['/destination/endpoint'])
    expect(pointers('https://fcm.googleapis.com/x', { pushServices: ['*.example.com', 'https://a.example/path'] })).toEqual([
      '/settings/pushServices/0',
      '/settings/pushServices/1',
    ])
  })

  it('asks for its keys where they are missing, when it sends and when it is tested', async () => {
    const settings = { subject: 'mailto:a@b.test' }
    const missing = { failure: 'misconfigured', code: 'vapid_missing', field: '/settings/publicKey' }
    const { destination } = given('https://fcm.googleapis.com')
    const delivery = { id: 'dlv_1', attempt: 1, createdAt: NOW }
    const sent = webPush.send({ settings, destination, message: exampleMessage(), delivery, http, clock: () => NOW })
    await expect(sent).rejects.toMatchObject(missing)
    await expect(webPush.verify?.({ settings, http, clock: () => NOW })).rejects.toMatchObject(missing)
  })

  it('wants keys that belong together and lie on the curve', () => {
    const other = generateVapidKeys()
    expect([isPair(keys), isPair({ ...keys, privateKey: other.privateKey })]).toEqual([true, false])
    const wrong = (changes: object) => webPush.check({ settings: { subject: 'mailto:a@b.test', ...changes } }).map(({ pointer }) => pointer)
    expect(wrong({ ...keys, privateKey: other.privateKey })).toEqual(['/settings/privateKey'])
    expect(wrong({ publicKey: keys.publicKey })).toEqual(['/settings/privateKey'])
    expect(wrong({ ...keys, publicKey: `B${'A'.repeat(86)}` })).toEqual(['/settings/publicKey'])
    const off = { endpoint: 'https://fcm.googleapis.com/x', keys: { ...browser.keys, p256dh: `B${'A'.repeat(86)}` } }
    expect(webPush.check({ destination: off }).map(({ pointer }) => pointer)).toEqual(['/destination/keys/p256dh'])
  })
})
