import { describe, expect, it } from 'vitest'
import { pushbullet } from './pushbullet.ts'
import { describeProvider } from './testing/describe-provider.ts'
import { exampleMessage, NOW } from './testing/message.ts'
import { pasted, playVendor } from './testing/vendor.ts'

const given = (url: string) => ({ settings: { apiUrl: url }, destination: { accessToken: 's3cret-o.abc' } })
interface Push {
  title: string
  body: string
}

describeProvider(pushbullet, {
  given,
  sends: {
    path: '/v2/pushes',
    headers: { 'access-token': 's3cret-o.abc' },
    json: { type: 'link', title: 'Build 7 failed', body: 'main is **red**', url: 'https://ci.example/7', guid: 'dlv_1' },
  },
  accepted: { reply: { body: { iden: 'ujpah72o0', active: true } }, receipt: { externalId: 'ujpah72o0' } },
  failures: { 401: 'unreachable', 403: 'unreachable', 410: 'misconfigured' },
  denied: 'misconfigured',
  limits(request) {
    const { title, body } = request.json() as Push
    return [
      { text: title, limit: 250, unit: 'chars' },
      { text: body, limit: 32_768, unit: 'chars' },
    ]
  },
})

describe('pushbullet', () => {
  const vendor = playVendor(pushbullet, given)

  it('is a note without an address, for the one target that was named', async () => {
    const { url: _, ...message } = exampleMessage()
    const { settings, destination } = given(vendor.url())
    const delivery = { id: 'dlv_1', attempt: 2, createdAt: NOW }
    const to = { ...destination, deviceIdens: ['dev1'], senderIden: 'dev2' }
    await pushbullet.send({ settings, destination: to, message, delivery, http: vendor.http, clock: () => NOW })
    expect(vendor.requests()[0]?.json()).toEqual({
      type: 'note',
      title: 'Build 7 failed',
      body: 'main is **red**',
      device_iden: 'dev1',
      source_device_iden: 'dev2',
      guid: 'dlv_1',
    })
  })

  it.each([
    [400, { error: { code: 'pushbullet_pro_required', message: 'You must upgrade' } }, 'misconfigured', 'message'],
    [400, { error_code: 'pushbullet_pro_required' }, 'misconfigured', 'message'],
    [400, { error: { param: 'device_iden', message: 'No such device' } }, 'unreachable', 'message'],
    [400, { error: { code: 'invalid_request', message: 'odd' } }, 'rejected', 'message'],
    [401, { error: { code: 'invalid_access_token' } }, 'unreachable', 'message'],
    [502, '<html>', 'temporary', 'target'],
  ])('reads %i %j', async (status, body, failure, scope) => {
    vendor.answer({ status, body })
    await expect(vendor.send()).rejects.toMatchObject({ failure, scope })
  })

  const several = { destination: { deviceIdens: ['dev1', 'dev2'] } }
  const no = { status: 400, body: { error: { param: 'device_iden', message: 'No such device' } } }

  it('pushes to each of several devices, each with a guid that stays the same', async () => {
    await vendor.send({}, several)
    await vendor.send({}, several)
    const pushes = vendor.requests().map((request) => request.json() as { device_iden: string; guid: string })
    expect(pushes.map(({ device_iden, guid }) => `${device_iden} ${guid}`)).toEqual([
      'dev1 dlv_1-dev1',
      'dev2 dlv_1-dev2',
      'dev1 dlv_1-dev1',
      'dev2 dlv_1-dev2',
    ])
  })

  it('tells of a device that is no more, and is refused only when all are', async () => {
    vendor.answers(no, { status: 200, body: { iden: 'p1' } })
    expect(await vendor.send({}, several)).toEqual({ externalId: 'p1', note: expect.stringMatching(/^1 of 2 targets refused: .*No such device/) })
    vendor.answer(no)
    await expect(vendor.send({}, several)).rejects.toMatchObject({ failure: 'unreachable' })
  })

  it('asks for no further device once the account refuses its token', async () => {
    vendor.answer({ status: 401, body: { error: { code: 'invalid_access_token' } } })
    await expect(vendor.send({}, several)).rejects.toMatchObject({ failure: 'unreachable', status: 401 })
    expect(vendor.requests()).toHaveLength(1)
  })

  it('tries all of them again when one could not be asked', async () => {
    vendor.answers({ status: 200 }, { status: 503 })
    await expect(vendor.send({}, several)).rejects.toMatchObject({ failure: 'temporary' })
  })

  it('lists the devices that can be pushed to, of every page', async () => {
    const devices = [
      { iden: 'd2', nickname: 'Phone', model: 'Pixel', active: true, pushable: true },
      { iden: 'd9', nickname: 'Old phone', active: false },
    ]
    vendor.answers({ body: { devices, cursor: 'next' } }, { body: { devices: [{ iden: 'd1', active: true }, { iden: 7 }, 'odd'] } })
    expect(await vendor.list('devices')).toEqual([
      { value: 'd1', label: 'd1' },
      { value: 'd2', label: 'Phone', hint: 'Pixel' },
    ])
    expect(vendor.requests().map(({ method, path, headers }) => `${method} ${path} ${headers['access-token']}`)).toEqual([
      'GET /v2/devices s3cret-o.abc',
      'GET /v2/devices?cursor=next s3cret-o.abc',
    ])
    vendor.answer({ status: 401, body: { error: { message: 'Access token is missing or invalid.' } } })
    await expect(vendor.list('devices')).rejects.toMatchObject({ failure: 'unreachable', status: 401 })
  })

  it('waits for the account’s own limit and holds up nobody else', async () => {
    vendor.answer({ status: 429, headers: { 'x-ratelimit-reset': String(NOW / 1000 + 60) } })
    await expect(vendor.send()).rejects.toMatchObject({ failure: 'temporary', retryAfterMs: 60_000, scope: 'message' })
  })

  it('takes one kind of target', () => {
    const destination = { accessToken: 'o.1', deviceIdens: ['dev1'], channelTags: ['news'] }
    expect(pushbullet.check({ destination })).toMatchObject([{ pointer: '/destination/channelTags' }])
  })

  it('reads the URL of Apprise', () => {
    expect(pasted(pushbullet, 'pbul://o.abc')).toEqual({ destination: { accessToken: 'o.abc' } })
    expect(pasted(pushbullet, 'pbul://o.abc/dev1')).toEqual({ destination: { accessToken: 'o.abc', deviceIdens: ['dev1'] } })
    expect(pasted(pushbullet, 'pbul://o.abc/dev1/dev2')).toEqual({ destination: { accessToken: 'o.abc', deviceIdens: ['dev1', 'dev2'] } })
    expect(pasted(pushbullet, 'pbul://o.abc/%23news')).toEqual({ destination: { accessToken: 'o.abc', channelTags: ['news'] } })
    expect(pasted(pushbullet, 'pbul://o.abc/ada@example.com')).toEqual({ destination: { accessToken: 'o.abc', email: 'ada@example.com' } })
    expect(pasted(pushbullet, 'pbul://o.abc/a/%23b')).toMatch(/several kinds/)
  })
})
