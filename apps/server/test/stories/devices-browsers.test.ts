import type { Client } from '@carillon/client'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { createSubscriber, type PushService, startPushService, vapidClaims } from '../../src/providers/testing/push-service.ts'
import { engines } from '../setup/engines.ts'
import { decisionsOf, openWorld, refusal, type World } from './world.ts'

describe.each(engines)('browsers as devices (%s)', (engine) => {
  let world: World
  let push: PushService
  let webPush: string
  beforeAll(async () => {
    world = await openWorld(engine)
    push = await startPushService(world.clock.now)
    const settings = { subject: 'mailto:ops@example.com', pushServices: [new URL(push.url).origin] }
    webPush = (await world.client().connections.create({ provider: 'web_push', name: 'Browsers', personal: true, settings })).id
  })
  afterEach(async () => {
    push.answer(() => undefined)
    await world.atRest()
  })
  afterAll(async () => {
    await world.stop()
    await push.close()
  })

  async function tell(user: string): Promise<string> {
    const { id } = await world.client().events.notify({ to: [user], title: 'Hello', body: 'Wörld', url: 'https://example.com/7' })
    await world.atRest()
    return id
  }
  const names = async (client: Client) => (await client.me.devices()).items.map(({ name }) => name)

  it('need VAPID keys, which are generated once and never shown', async () => {
    const { connections } = world.client()
    const ivy = await world.browser('ivy')
    expect(await refusal(ivy.me.pushKey())).toMatchObject({ status: 404 })
    expect(await refusal(ivy.me.registerDevice(push.subscribe('ivy', 'none yet')))).toMatchObject({ status: 409 })
    const made = await connections.generateVapid(webPush)
    expect(made.settings).toMatchObject({ publicKey: expect.stringMatching(/^[\w-]{87}$/), privateKey: '********' })
    expect(await refusal(connections.generateVapid(webPush))).toMatchObject({ status: 409, code: 'conflict', pointer: '/replace' })
    expect(await ivy.me.pushKey()).toMatchObject({ publicKey: made.settings['publicKey'] })
    const other = (await connections.list()).items.find(({ provider }) => provider === 'smtp')!
    expect(await refusal(connections.generateVapid(other.id))).toMatchObject({ status: 422 })
  })

  it('can decrypt the message, and are removed only by 410', async () => {
    const jon = await world.browser('jon')
    const { publicKey, keyId } = await jon.me.pushKey()
    const [one, two] = [createSubscriber(), createSubscriber()]
    expect(await jon.me.registerDevice({ ...push.subscribe('one', publicKey, one), keyId, name: 'Firefox' })).toMatchObject({
      channel: 'web_push',
      platform: 'web',
      keyId,
    })
    await jon.me.registerDevice({ ...push.subscribe('two', publicKey, two), name: 'Chrome' })
    await tell('jon')
    const at = (path: string) => push.requests.filter((request) => request.path === `/push/${path}`)
    const [entry] = (await jon.inbox.list()).items
    const message = { notificationId: entry!.id, title: 'Hello', body: 'Wörld', url: 'https://example.com/7', badge: 1 }
    expect([push.read('one'), push.read('two')]).toMatchObject([[message], [message]])
    expect(() => one.read(at('two')[0]!)).toThrow()
    expect(vapidClaims(at('one')[0]!, publicKey)).toMatchObject({ aud: push.url, sub: 'mailto:ops@example.com' })
    expect(at('one')[0]!.headers).toMatchObject({ ttl: '86400', 'content-encoding': 'aes128gcm' })

    push.answer((who) => (who === 'one' ? 410 : 403))
    await tell('jon')
    expect(await names(jon)).toEqual(['Chrome'])
  })

  it('are twenty at most', async () => {
    const ned = await world.browser('ned')
    const { publicKey } = await ned.me.pushKey()
    for (let n = 0; n < 20; n++) await ned.me.registerDevice(push.subscribe(`ned-${n}`, publicKey))
    expect(await refusal(ned.me.registerDevice(push.subscribe('ned-20', publicKey)))).toEqual({ status: 422, code: 'invalid_field', pointer: '/endpoint' })
    expect((await ned.me.devices()).items).toHaveLength(20)
  })

  it('stay subscribed when the connection is saved by a form without the keys', async () => {
    const max = await world.browser('max')
    const { keyId, publicKey } = await max.me.pushKey()
    await max.me.registerDevice({ ...push.subscribe('max', publicKey), keyId, name: 'Firefox' })
    const { connections } = world.client()
    const { name, settings } = await connections.get(webPush)
    const { publicKey: _public, privateKey: _private, ...typed } = settings
    await connections.patch(webPush, { settings: { ...typed, ttl: 60 } })
    await connections.put(webPush, { provider: 'web_push', name, personal: true, settings: typed })
    expect((await connections.get(webPush)).settings).toEqual(settings)
    expect((await max.me.devices()).items).toMatchObject([{ name: 'Firefox', goneAt: null }])
    await tell('max')
    expect(push.read('max')).toMatchObject([{ title: 'Hello' }])
    const other = { ...typed, publicKey: createSubscriber().keys.p256dh }
    expect(await refusal(connections.patch(webPush, { settings: other }))).toMatchObject({ status: 422, pointer: '/settings/privateKey' })
  })

  it('must subscribe again when the key changes, and their owners are notified', async () => {
    const kim = await world.browser('kim')
    const { keyId, publicKey } = await kim.me.pushKey()
    await kim.me.registerDevice({ ...push.subscribe('kim', publicKey), keyId })
    const replaced = await world.client().connections.generateVapid(webPush, { replace: true })
    expect((await kim.me.devices()).items).toMatchObject([{ keyId, goneAt: expect.any(String), goneReason: expect.stringContaining('replaced') }])
    await world.atRest()
    expect((await kim.inbox.list()).items[0]).toMatchObject({
      type: 'destination.switched_off',
      title: 'Your browsers no longer get push messages',
      body: expect.stringMatching(/^The hub has a new key.*Enable push messages again in each browser\.$/s),
    })
    const event = await tell('kim')
    expect(await decisionsOf(world.client(), event)).toMatchObject({ 'kim web_push': 'skip destination_gone' })

    const fresh = await kim.me.pushKey()
    expect(fresh.publicKey).toBe(replaced.settings['publicKey'])
    expect(fresh.keyId).not.toBe(keyId)
    const again = push.subscribe('kim', fresh.publicKey)
    expect(await refusal(kim.me.registerDevice({ ...again, keyId }))).toEqual({ status: 422, code: 'invalid_field', pointer: '/keyId' })
    expect(await kim.me.registerDevice({ ...again, keyId: fresh.keyId })).toMatchObject({ goneAt: null, keyId: fresh.keyId })
    await tell('kim')
    expect(push.read('kim')).toMatchObject([{ title: 'Hello' }])
  })
})
