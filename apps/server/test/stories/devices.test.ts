import type { Client } from '@carillon/client'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { type Apns, startApns } from '../../src/providers/testing/apns.ts'
import { fcmError, type Google, startGoogle } from '../../src/providers/testing/google.ts'
import { createSubscriber } from '../../src/providers/testing/push-service.ts'
import { engines } from '../setup/engines.ts'
import { decisionsOf, openWorld, refusal, type World } from './world.ts'

describe.each(engines)('devices (%s)', (engine) => {
  let world: World
  let google: Google
  let apple: Apns
  beforeAll(async () => {
    world = await openWorld(engine)
    ;[google, apple] = await Promise.all([startGoogle(world.clock.now), startApns(world.clock.now)])
    const { connections } = world.client()
    await connections.create({ provider: 'fcm', name: 'Android', personal: true, settings: { serviceAccount: google.keyFile(), apiUrl: google.url } })
    await connections.create({
      provider: 'apns',
      name: 'iPhones',
      personal: true,
      settings: {
        key: apple.key,
        keyId: 'KEY1234567',
        teamId: 'TEAM123456',
        bundleId: 'com.example.bells',
        apiUrl: apple.url,
        sandboxApiUrl: apple.url,
        ca: apple.ca,
      },
    })
    const { id } = await connections.create({ provider: 'web_push', name: 'Browsers', personal: true, settings: { subject: 'mailto:ops@example.com' } })
    await connections.generateVapid(id)
  })
  afterEach(async () => {
    google.answer(() => undefined)
    apple.answer(() => undefined)
    await world.atRest()
  })
  afterAll(async () => {
    await world.stop()
    await Promise.all([google.close(), apple.close()])
  })

  const android = (token: string) => ({ provider: 'fcm', token })
  const iphone = (n: number) => ({ provider: 'apns', token: String(n).repeat(64), environment: 'sandbox' as const })
  const tokens = () => google.sent.map((request) => (request.json() as { message: { token: string } }).message.token)
  async function tell(user: string): Promise<string> {
    const { id } = await world.client().events.notify({ to: [user], title: 'Hello', body: 'Wörld', url: 'https://example.com/7' })
    await world.atRest()
    return id
  }
  const names = async (client: Client) => (await client.me.devices()).items.map(({ name }) => name)

  it('each get a delivery, with the inbox entry, the address and the badge', async () => {
    const ada = await world.browser('ada')
    const shown = await ada.me.registerDevice({ ...android('phone-of-ada'), name: 'Pixel', app: 'com.example.bells' })
    expect(shown).toMatchObject({ channel: 'mobile_push', provider: 'fcm', platform: 'android', name: 'Pixel', app: 'com.example.bells', goneAt: null })
    expect(JSON.stringify(shown)).not.toContain('phone-of-ada')
    await ada.me.registerDevice({ ...iphone(1), name: 'iPhone', locale: 'de' })
    await ada.me.registerDevice({ ...iphone(2), name: 'iPad' })
    await tell('ada')
    const event = await tell('ada')

    const [entry] = (await ada.inbox.list()).items
    expect((google.sent.at(-1)!.json() as { message: object }).message).toMatchObject({
      token: 'phone-of-ada',
      notification: { title: 'Hello', body: 'Wörld' },
      data: { notificationId: entry!.id, url: 'https://example.com/7', badge: '2' },
    })
    expect(
      apple.received
        .slice(-2)
        .map(({ path }) => path)
        .sort(),
    ).toEqual([`/3/device/${'1'.repeat(64)}`, `/3/device/${'2'.repeat(64)}`])
    expect(apple.received.at(-1)!.payload).toMatchObject({
      aps: { alert: { title: 'Hello', body: 'Wörld' }, badge: 2 },
      notificationId: entry!.id,
      url: 'https://example.com/7',
    })
    const { items } = await world.client().deliveries.list({ event })
    expect(items.filter(({ channel }) => channel === 'mobile_push').map(({ state }) => state)).toEqual(['sent', 'sent', 'sent'])
    expect(await decisionsOf(world.client(), event)).toMatchObject({ 'ada mobile_push': 'deliver routed', 'ada web_push': 'skip no_destination' })
  })

  it('are removed one by one when the vendor reports them gone', async () => {
    const ben = await world.browser('ben')
    await ben.me.registerDevice({ ...android('ben-old'), name: 'old' })
    await ben.me.registerDevice({ ...android('ben-new'), name: 'new' })
    await ben.me.registerDevice({ ...iphone(3), name: 'lost' })
    await ben.me.registerDevice({ ...iphone(4), name: 'kept' })
    google.answer((request) => (request.body.includes('ben-old') ? fcmError(404, 'NOT_FOUND', 'UNREGISTERED') : undefined))
    apple.answer(({ path }) => (path.includes('333') ? { status: 410, reason: 'Unregistered', more: { timestamp: world.clock.now() } } : undefined))
    await tell('ben')
    expect(await names(ben)).toEqual(['new', 'kept'])
    const before = [google.sent.length, apple.received.length]
    await tell('ben')
    expect([google.sent.length - before[0]!, apple.received.length - before[1]!]).toEqual([1, 1])
  })

  it('are tried in every Firebase project, and none removes the app of another', async () => {
    const other = await startGoogle(world.clock.now)
    const { connections } = world.client()
    const { id } = await connections.create({
      provider: 'fcm',
      name: 'Android, second app',
      personal: true,
      settings: { serviceAccount: other.keyFile(), apiUrl: other.url },
    })
    const foreign = (own: string) => (request: { body: string }) =>
      request.body.includes(`"token":"${own}`) ? undefined : fcmError(403, 'PERMISSION_DENIED', 'SENDER_ID_MISMATCH')
    google.answer(foreign('first-'))
    other.answer(foreign('second-'))
    const pia = await world.browser('pia')
    for (const token of ['first-app', 'second-app', 'third-app']) await pia.me.registerDevice({ ...android(token), name: token })
    const event = await tell('pia')
    const state = async () =>
      (await world.client().deliveries.list({ event })).items.flatMap(({ channel, state }) => (channel === 'mobile_push' ? [state] : []))
    expect((await state()).sort()).toEqual(['queued', 'sent', 'sent'])
    expect((await connections.list()).items.filter(({ provider }) => provider === 'fcm').map(({ health }) => health?.state)).toEqual(['healthy', 'healthy'])
    for (let hour = 0; hour < 7; hour++) {
      world.clock.advance(3_600_000)
      await world.atRest()
    }
    expect((await state()).sort()).toEqual(['failed', 'sent', 'sent'])
    expect(await names(await world.browser('pia'))).toEqual(['first-app', 'second-app', 'third-app'])
    await connections.delete(id)
    await other.close()
  })

  it('stay when they registered after the vendor’s timestamp', async () => {
    const amy = await world.browser('amy')
    const before = world.clock.now()
    world.clock.advance(60_000)
    await amy.me.registerDevice({ ...iphone(5), name: 'came back' })
    apple.answer(() => ({ status: 410, reason: 'Unregistered', more: { timestamp: before } }))
    await tell('amy')
    expect(await names(amy)).toEqual(['came back'])
  })

  it('stay while the vendor is only temporarily down', async () => {
    const cem = await world.browser('cem')
    await cem.me.registerDevice({ ...android('cem-phone'), name: 'phone' })
    google.answer(() => ({ status: 503 }))
    const event = await tell('cem')
    expect(await names(cem)).toEqual(['phone'])
    google.answer(() => undefined)
    world.clock.advance(3_600_000)
    await world.atRest()
    const { items } = await world.client().deliveries.list({ event })
    expect(items.find(({ channel }) => channel === 'mobile_push')).toMatchObject({ state: 'sent', attempts: 2 })
  })

  it('belong to the user who registered them last, once', async () => {
    const [dia, eli] = [await world.browser('dia'), await world.browser('eli')]
    const first = await dia.me.registerDevice({ ...android('shared-phone'), name: 'of dia' })
    const again = await dia.me.registerDevice({ ...android('shared-phone'), name: 'renamed' })
    expect(again.id).toBe(first.id)
    expect(await names(dia)).toEqual(['renamed'])
    await eli.me.registerDevice({ ...android('shared-phone'), name: 'of eli' })
    expect([await names(dia), await names(eli)]).toEqual([[], ['of eli']])
    const before = google.sent.length
    await tell('dia')
    expect(google.sent.length).toBe(before)
    await tell('eli')
    expect(tokens().slice(before)).toEqual(['shared-phone'])
    expect(await refusal(dia.me.deleteDevice((await eli.me.devices()).items[0]!.id))).toMatchObject({ status: 404 })
    await eli.me.deleteDevice((await eli.me.devices()).items[0]!.id)
    expect(await names(eli)).toEqual([])
  })

  it('do not receive deliveries of their previous owner', async () => {
    const [fay, gus] = [await world.browser('fay'), await world.browser('gus')]
    await fay.me.registerDevice(android('handed-on'))
    google.answer(() => ({ status: 503 }))
    const event = await tell('fay')
    await gus.me.registerDevice(android('handed-on'))
    google.answer(() => undefined)
    const before = google.sent.length
    world.clock.advance(3_600_000)
    await world.atRest()
    expect(google.sent.length).toBe(before)
    const { items } = await world.client().deliveries.list({ event })
    expect(items.find(({ channel }) => channel === 'mobile_push')).toMatchObject({ state: 'suppressed', errorCode: 'no_destination' })
  })

  it('are twenty at most', async () => {
    const hal = await world.browser('hal')
    for (let n = 0; n < 20; n++) await hal.me.registerDevice(android(`hal-${n}`))
    expect(await refusal(hal.me.registerDevice(android('hal-20')))).toEqual({ status: 422, code: 'invalid_field', pointer: '/token' })
    await expect(hal.me.registerDevice(android('hal-7'))).resolves.toBeDefined()
    await hal.me.deleteDevice((await hal.me.devices()).items[0]!.id)
    const spelled = await hal.me.registerDevice({ provider: 'apns', token: 'ab'.repeat(32) })
    expect(spelled.platform).toBe('ios')
    expect((await hal.me.registerDevice({ provider: 'apns', token: 'AB'.repeat(32) })).id).toBe(spelled.id)
    await hal.me.deleteDevice(spelled.id)
    await expect(hal.me.registerDevice(android('hal-20'))).resolves.toBeDefined()
  })

  it.each([
    ['neither provider nor endpoint', { token: 'x' }, '/provider'],
    ['a provider without devices', { provider: 'discord', token: 'x' }, '/provider'],
    ['no token', { provider: 'fcm' }, '/token'],
    ['a token that is not hexadecimal', { provider: 'apns', token: 'z'.repeat(64) }, '/token'],
    ['an endpoint for a phone', { provider: 'fcm', token: 'x', endpoint: 'https://fcm.googleapis.com/x' }, '/endpoint'],
    ['an endpoint of any server', { endpoint: 'https://push.example.com/x', keys: createSubscriber().keys }, '/endpoint'],
    [
      'a key that is no point',
      { endpoint: 'https://fcm.googleapis.com/x', keys: { p256dh: `B${'A'.repeat(86)}`, auth: 'BTBZMqHH6r4Tts7J_aSIgg' } },
      '/keys/p256dh',
    ],
    ['a name of two lines', { provider: 'fcm', token: 'x', name: 'a\nb' }, '/name'],
  ])('refuse %s', async (_what, device, pointer) => {
    const lou = await world.browser('lou')
    const refused = await refusal(lou.me.registerDevice(device))
    expect(refused.pointer).toBe(pointer)
    expect(refused.status).toBe(refused.code === 'invalid_request' ? 400 : 422)
    expect(await names(lou)).toEqual([])
  })

  it('are not destinations', async () => {
    expect(await refusal(world.client('max').me.putDestination('web_push', { endpoint: 'https://fcm.googleapis.com/x' }))).toMatchObject({
      status: 422,
      pointer: '/path/channel',
    })
    expect(await refusal(world.client('max').me.putDestination('mobile_push', { token: 'x' }))).toMatchObject({ status: 422, pointer: '/path/channel' })
  })
})
