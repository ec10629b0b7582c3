import { describe, expect, it } from 'vitest'
import { pushover } from './pushover.ts'
import { describeProvider } from './testing/describe-provider.ts'
import { NOW } from './testing/message.ts'
import { pasted, playVendor } from './testing/vendor.ts'

const TOKEN = 's3cretaaaaaaaaaaaaaaaaaaaaaaaa'
const USER = 's3cretuuuuuuuuuuuuuuuuuuuuuuuu'
const given = (url: string) => ({ settings: { token: TOKEN, apiUrl: url }, destination: { userKey: USER } })
const formOf = (body: string) => Object.fromEntries(new URLSearchParams(body))

describeProvider(pushover, {
  given,
  sends: {
    path: '/1/messages.json',
    form: [
      ['token', TOKEN],
      ['user', USER],
      ['title', 'Build 7 failed'],
      ['message', 'main is **red**'],
      ['priority', '1'],
      ['url', 'https://ci.example/7'],
      ['timestamp', String(NOW / 1000)],
    ],
  },
  accepted: { reply: { body: { status: 1, request: '647d2300-702c' } }, receipt: { externalId: '647d2300-702c' } },
  exact: true,
  failures: { 404: 'misconfigured', 410: 'misconfigured' },
  denied: 'misconfigured',
  limits(request) {
    const { title = '', message = '' } = formOf(request.body)
    return [
      { text: title, limit: 250, unit: 'chars' },
      { text: message, limit: 1024, unit: 'chars' },
    ]
  },
})

describe('pushover', () => {
  const vendor = playVendor(pushover, given)
  const forms = () => vendor.requests().map(({ body }) => formOf(body))

  it('rings until acknowledged when it is critical, unless the person would rather not', async () => {
    vendor.answer({ body: { status: 1, request: 'r', receipt: 'rec1' } })
    expect(await vendor.send({ priority: 'urgent' })).toEqual({ externalId: 'rec1' })
    await vendor.send({ priority: 'medium', severity: 'critical' }, { settings: { retry: 30, expire: 20 } })
    await vendor.send({ priority: 'urgent' }, { destination: { emergency: false } })
    expect(forms()).toMatchObject([{ priority: '2', retry: '60', expire: '3600' }, { priority: '2', retry: '30', expire: '20' }, { priority: '1' }])
    expect(forms()[2]).not.toHaveProperty('retry')
  })

  it('names devices and a sound, and leaves out an address that is too long', async () => {
    await vendor.send({ url: `https://x.test/${'a'.repeat(500)}` }, { destination: { device: 'phone,tablet', sound: 'siren' } })
    expect(forms()[0]).toMatchObject({ device: 'phone,tablet', sound: 'siren' })
    expect(forms()[0]).not.toHaveProperty('url')
  })

  it.each([
    [400, { token: 'invalid', errors: ['application token is invalid'] }, 'misconfigured', 'application token is invalid'],
    [400, { user: 'invalid', errors: ['user identifier is not a valid user'] }, 'unreachable', 'not a valid user'],
    [400, { device: 'invalid for this user', errors: ['device name is not valid'] }, 'unreachable', 'device name'],
    [400, { message: 'cannot be blank', errors: ['message cannot be blank'] }, 'rejected', 'cannot be blank'],
    [200, { errors: ['odd'] }, 'rejected', 'odd'],
    [400, { errors: [`the key ${USER} is not known`] }, 'rejected', 'answered 400'],
  ])('reads %i %j', async (status, body, failure, sentence) => {
    vendor.answer({ status, body: { status: 0, request: 'r', ...body } })
    const sent = vendor.send()
    await expect(sent).rejects.toMatchObject({ failure, message: expect.stringContaining(sentence) })
    await expect(sent).rejects.not.toMatchObject({ message: expect.stringContaining(USER) })
  })

  it('waits for the new month, and five seconds after trouble', async () => {
    vendor.answer({ status: 429, headers: { 'x-limit-app-reset': String(NOW / 1000 + 7200) } })
    await expect(vendor.send()).rejects.toMatchObject({ failure: 'temporary', retryAfterMs: 7_200_000 })
    vendor.answer({ status: 429, body: { status: 0, errors: ['You have exceeded your monthly message limit'] } })
    await expect(vendor.send()).rejects.toMatchObject({ failure: 'temporary', about: 'limit', throttled: 'target', retryAfterMs: 24 * 3_600_000 })
    vendor.answer({ status: 429, body: { status: 0, errors: ['too many concurrent requests'] } })
    await expect(vendor.send()).rejects.toMatchObject({ failure: 'temporary', retryAfterMs: undefined })
    vendor.answer(503)
    await expect(vendor.send()).rejects.toMatchObject({ failure: 'temporary', retryAfterMs: 5000 })
  })

  it('tests the token without a message', async () => {
    await vendor.verify()
    expect(vendor.requests()).toMatchObject([{ method: 'GET', path: `/1/apps/limits.json?token=${TOKEN}` }])
    vendor.answer({ status: 400, body: { status: 0, token: 'invalid' } })
    await expect(vendor.verify()).rejects.toMatchObject({ failure: 'misconfigured', about: 'account', field: '/settings/token' })
  })

  it('finds keys that cannot be right', () => {
    const found = pushover.check({ settings: { token: 'short' }, destination: { userKey: `${USER}x` } })
    expect(found.map(({ pointer }) => pointer)).toEqual(['/settings/token', '/destination/userKey'])
  })

  it('takes devices in another order for the same', () => {
    expect(pushover.sameAddress({ userKey: USER, device: 'a,b' })).toBe(pushover.sameAddress({ userKey: USER, device: 'b,a' }))
    expect(pushover.sameAddress({ userKey: USER, device: 'a' })).not.toBe(pushover.sameAddress({ userKey: USER }))
  })

  it('lists the devices of a user, and the sounds with their names', async () => {
    vendor.answer({ body: { status: 1, devices: ['phone', 'desk'], licenses: ['Android'] } })
    expect(await vendor.list('devices')).toEqual([
      { value: 'desk', label: 'desk' },
      { value: 'phone', label: 'phone' },
    ])
    expect(vendor.requests()[0]!.path).toBe('/1/users/validate.json')
    expect(Object.keys(Object.fromEntries(new URLSearchParams(vendor.requests()[0]!.body)))).toEqual(['token', 'user'])
    vendor.answer({ body: { status: 1, sounds: { siren: 'Siren', bike: 'Bike' } } })
    expect(await vendor.list('sounds')).toEqual([
      { value: 'bike', label: 'Bike' },
      { value: 'siren', label: 'Siren' },
    ])
    expect(vendor.requests()[1]!.path).toMatch(/^\/1\/sounds\.json\?token=/)
    vendor.answer({ status: 400, body: { status: 0, user: 'invalid', errors: ['user key is invalid'] } })
    await expect(vendor.list('devices')).rejects.toMatchObject({ code: 'pushover_user', failure: 'unreachable' })
  })

  it('reads the URL of Apprise', () => {
    expect(pasted(pushover, `pover://${USER}@${TOKEN}/phone/tablet?sound=siren&interval=30&expire=600`)).toEqual({
      settings: { token: TOKEN, retry: 30, expire: 600 },
      destination: { userKey: USER, device: 'phone,tablet', sound: 'siren' },
    })
    expect(pasted(pushover, `pover://${TOKEN}`)).toMatch(/user_key@token/)
    expect(pasted(pushover, `pover://${USER}@${TOKEN}/%23team`)).toMatch(/group/)
  })
})
