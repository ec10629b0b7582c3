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
    const to = { ...destination, deviceIden: 'dev1', senderIden: 'dev2' }
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
    [400, { error: { param: 'device_iden', message: 'No such device' } }, 'unreachable', 'message'],
    [400, { error: { code: 'invalid_request', message: 'odd' } }, 'rejected', 'message'],
    [401, { error: { code: 'invalid_access_token' } }, 'unreachable', 'message'],
    [502, '<html>', 'temporary', 'target'],
  ])('reads %i %j', async (status, body, failure, scope) => {
    vendor.answer({ status, body })
    await expect(vendor.send()).rejects.toMatchObject({ failure, scope })
  })

  it('waits for the account’s own limit and holds up nobody else', async () => {
    vendor.answer({ status: 429, headers: { 'x-ratelimit-reset': String(NOW / 1000 + 60) } })
    await expect(vendor.send()).rejects.toMatchObject({ failure: 'temporary', retryAfterMs: 60_000, scope: 'message' })
  })

  it('takes one target at most', () => {
    const destination = { accessToken: 'o.1', deviceIden: 'dev1', channelTag: 'news' }
    expect(pushbullet.check({ destination })).toMatchObject([{ pointer: '/destination/channelTag' }])
  })

  it('reads the URL of Apprise', () => {
    expect(pasted(pushbullet, 'pbul://o.abc')).toEqual({ destination: { accessToken: 'o.abc' } })
    expect(pasted(pushbullet, 'pbul://o.abc/dev1')).toEqual({ destination: { accessToken: 'o.abc', deviceIden: 'dev1' } })
    expect(pasted(pushbullet, 'pbul://o.abc/%23news')).toEqual({ destination: { accessToken: 'o.abc', channelTag: 'news' } })
    expect(pasted(pushbullet, 'pbul://o.abc/ada@example.com')).toEqual({ destination: { accessToken: 'o.abc', email: 'ada@example.com' } })
    expect(pasted(pushbullet, 'pbul://o.abc/a/b')).toMatch(/several targets/)
  })
})
