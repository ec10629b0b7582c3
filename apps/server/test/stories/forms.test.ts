import { CarillonError, type Client, createClient } from '@carillon/client'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type Receiver, startReceiver } from '../../src/providers/testing/receiver.ts'
import { engines } from '../setup/engines.ts'
import { openWorld, refusal, type World } from './world.ts'

const TOKEN = 's3cret-o.abc'
const DEVICES = { devices: [{ iden: 'd1', nickname: 'Ada’s phone', active: true, pushable: true }] }

describe.each(engines)('forms and live lists (%s)', (engine) => {
  let world: World
  let client: Client
  let vendor: Receiver
  let settings: { apiUrl: string }
  let saved: string

  beforeAll(async () => {
    world = await openWorld(engine)
    client = world.client()
    vendor = await startReceiver()
    settings = { apiUrl: vendor.url }
    const shared = {
      provider: 'pushbullet',
      name: 'Ada’s devices',
      personal: false,
      settings,
      destination: { accessToken: TOKEN },
      tags: ['ops', 'night'],
      events: [{ type: '*' }],
    }
    saved = (await client.connections.create(shared)).id
    await client.connections.create({ ...shared, name: 'The same by day', tags: ['ops'] })
  })
  beforeEach(() => {
    world.clock.advance(60_000)
    vendor.requests.length = 0
    vendor.respond({ body: DEVICES })
  })
  afterAll(async () => {
    await world.stop()
    await vendor.close()
  })

  it('return every form with its keywords', async () => {
    const { items } = await client.providers.list()
    expect(items.find(({ id }) => id === 'pushbullet')).toMatchObject({
      devices: false,
      destination: {
        required: ['accessToken'],
        properties: {
          accessToken: { title: 'Access token', 'x-secret': true, 'x-widget': 'password', 'x-link': { url: expect.stringMatching(/^https:/) } },
          deviceIdens: { type: 'array', 'x-widget': 'multi-select', 'x-live': 'devices' },
        },
      },
    })
    expect(items.find(({ id }) => id === 'smtp')).toMatchObject({
      settings: { properties: { security: { enum: ['none', 'starttls', 'tls'], 'x-options': [{ value: 'none', label: 'None' }, {}, {}] } } },
    })
    expect(items.find(({ id }) => id === 'web_push')).toMatchObject({ devices: true, settings: { properties: { privateKey: { 'x-hidden': true } } } })
  })

  it('list the vendor’s values while the rest of the form is empty', async () => {
    const { items } = await client.providers.options('pushbullet', 'devices', { settings, destination: { accessToken: TOKEN, deviceIdens: [] } })
    expect(items).toEqual([{ value: 'd1', label: 'Ada’s phone' }])
    expect(vendor.requests.map(({ path, headers }) => `${path} ${headers['access-token']}`)).toEqual([`/v2/devices ${TOKEN}`])
  })

  it('take a masked secret from the saved connection, unless the form names another server', async () => {
    const destination = { accessToken: '********' }
    expect((await client.providers.options('pushbullet', 'devices', { id: saved, settings, destination })).items).toHaveLength(1)
    expect(vendor.requests[0]?.headers['access-token']).toBe(TOKEN)

    const moved = { id: saved, settings: { apiUrl: world.hooks.url }, destination }
    expect(await refusal(client.providers.options('pushbullet', 'devices', moved))).toMatchObject({ status: 422, pointer: '/destination/accessToken' })
    expect(world.hooks.requests).toEqual([])

    expect(await refusal(client.providers.options('pushbullet', 'devices', { settings, destination }))).toMatchObject({ pointer: '/destination/accessToken' })
    expect(await refusal(client.providers.options('join', 'devices', { id: saved }))).toMatchObject({ pointer: '/id' })
  })

  it('report the vendor’s message and the field to fix, without the secret', async () => {
    vendor.respond({ status: 401, body: { error: { message: `The token ${TOKEN} is not valid` } } })
    const error = await client.providers.options('pushbullet', 'devices', { settings, destination: { accessToken: TOKEN } }).catch((thrown: unknown) => thrown)
    if (!(error instanceof CarillonError)) throw new Error('it was not refused')
    expect(error).toMatchObject({ status: 422, code: 'vendor_refused', errors: [{ pointer: '/destination/accessToken' }] })
    expect(JSON.stringify([error.message, error.errors])).not.toContain(TOKEN)
  })

  it('refuse missing, unknown or forbidden values before the vendor is called', async () => {
    const ask = (id: string, name: string, form: object) => refusal(client.providers.options(id, name, form))
    expect(await ask('pushbullet', 'devices', { settings })).toMatchObject({ status: 422, pointer: '/destination/accessToken' })
    expect(await ask('pushbullet', 'devices', { settings: { apiUrl: 'http://10.0.0.1' }, destination: { accessToken: TOKEN } })).toMatchObject({
      code: 'address_not_allowed',
      pointer: '/settings/apiUrl',
    })
    expect(await ask('pushbullet', 'constructor', {})).toMatchObject({ status: 404 })
    expect(await ask('carrier-pigeon', 'devices', {})).toMatchObject({ code: 'unknown_provider' })
    const reader = await client.keys.create({ name: 'Reader', scopes: ['read'] })
    expect(await refusal(createClient({ baseUrl: world.address, token: reader.key }).providers.options('pushbullet', 'devices', {}))).toMatchObject({
      status: 403,
    })
    expect(vendor.requests).toEqual([])
  })

  it('are limited per minute', async () => {
    const form = { settings, destination: { accessToken: TOKEN } }
    for (let i = 0; i < 20; i++) await client.providers.options('pushbullet', 'devices', form)
    const answer = await fetch(`${world.address}/v1/providers/pushbullet/options/devices`, {
      method: 'POST',
      headers: { authorization: `Bearer ${world.rootKey}`, 'content-type': 'application/json' },
      body: JSON.stringify(form),
    })
    expect([answer.status, answer.headers.get('retry-after')]).toEqual([429, '60'])
  })

  it('serve users for their own destination, with the operator’s settings', async () => {
    await client.users.put('ada', { name: 'Ada' })
    const { me } = await world.browser('ada')
    expect(await refusal(me.destinationOptions('pushbullet', 'devices', { accessToken: TOKEN }))).toMatchObject({ pointer: '/path/channel' })
    await client.connections.create({ provider: 'pushbullet', name: 'People’s Pushbullet', personal: true, settings })
    expect((await me.destinationOptions('pushbullet', 'devices', { accessToken: TOKEN })).items).toHaveLength(1)

    await me.putDestination('pushbullet', { accessToken: TOKEN, deviceIdens: ['d1', 'd2'] })
    expect((await me.destinationOptions('pushbullet', 'devices', { accessToken: '********' })).items).toHaveLength(1)
    const asked = vendor.requests.filter(({ path }) => path === '/v2/devices')
    expect(asked.map(({ headers }) => headers['access-token'])).toEqual([TOKEN, TOKEN])

    vendor.respond(401)
    expect(await refusal(me.destinationOptions('pushbullet', 'devices', { accessToken: TOKEN }))).toMatchObject({
      code: 'vendor_refused',
      pointer: '/destination/accessToken',
    })
    expect(await refusal(me.destinationOptions('pushbullet', 'devices', {}))).toMatchObject({ pointer: '/destination/accessToken' })
    expect(await refusal(me.destinationOptions('apprise', 'tags', {}))).toMatchObject({ status: 404 })
  })

  it('list the tags of connections', async () => {
    expect((await client.tags.list()).items).toEqual([
      { tag: 'night', connections: 1 },
      { tag: 'ops', connections: 2 },
    ])
  })
})
