import { describe, expect, it } from 'vitest'
import { pushcut } from './pushcut.ts'
import { describeProvider } from './testing/describe-provider.ts'
import { endless } from './testing/message.ts'
import { playVendor } from './testing/vendor.ts'

const given = (url: string) => ({ settings: { apiUrl: url }, destination: { apiKey: 's3cret-key', notification: 'My alarm/1' } })
interface Post {
  title: string
  text: string
}

describeProvider(pushcut, {
  given,
  sends: {
    path: '/v1/notifications/My%20alarm%2F1',
    headers: { 'api-key': 's3cret-key' },
    json: {
      title: 'Build 7 failed',
      text: 'main is **red**',
      id: 'dlv_1',
      interruptionLevel: 'timeSensitive',
      defaultAction: { url: 'https://ci.example/7' },
    },
  },
  accepted: { reply: { body: { id: 'abc' } }, receipt: { externalId: 'abc' } },
  failures: { 401: 'unreachable', 403: 'unreachable' },
  denied: 'misconfigured',
  limits(request) {
    const { title, text } = request.json() as Post
    return [
      { text: title, limit: 250, unit: 'bytes' },
      { text, limit: 3000, unit: 'bytes' },
      { text: request.body, limit: 3800, unit: 'bytes' },
    ]
  },
})

describe('pushcut', () => {
  const vendor = playVendor(pushcut, given)
  const posts = () => vendor.requests().map((request) => request.json())

  it.each([
    ['medium', 'debug', 'passive'],
    ['medium', 'warning', 'active'],
    ['medium', 'error', 'timeSensitive'],
    ['low', 'error', 'passive'],
    ['urgent', 'info', 'timeSensitive'],
  ] as const)('%s priority and %s severity are %s', async (priority, severity, interruptionLevel) => {
    await vendor.send({ priority, severity })
    expect(posts()).toMatchObject([{ interruptionLevel }])
  })

  it('leaves Focus alone for somebody who wants that', async () => {
    await vendor.send({}, { destination: { timeSensitive: false } })
    expect(posts()).toMatchObject([{ interruptionLevel: 'active' }])
  })

  it('gives room to the text, not to an endless address', async () => {
    await vendor.send({ body: endless('"'), url: `https://x.test/${'a'.repeat(5000)}`, image: 'https://x.test/i.png' })
    expect(posts()).toMatchObject([{ image: 'https://x.test/i.png' }])
    expect(posts()[0]).not.toHaveProperty('defaultAction')
    expect((posts()[0] as Post).text.length).toBeGreaterThan(1500)
  })

  it('takes a scheduled message as sent', async () => {
    vendor.answer({ status: 202, body: { id: 'later' } })
    expect(await vendor.send()).toEqual({ externalId: 'later' })
  })

  it('says what Pushcut says', async () => {
    vendor.answer({ status: 401, body: { error: 'Invalid API-Key provided.' } })
    await expect(vendor.send()).rejects.toMatchObject({ failure: 'unreachable', message: expect.stringContaining('Invalid API-Key provided.') })
  })

  it('lists the notifications that were made in the app', async () => {
    vendor.answer({ body: [{ title: 'Builds', id: 'n2' }, { id: 'Alarm' }, {}] })
    expect(await vendor.list('notifications')).toEqual([
      { value: 'Alarm', label: 'Alarm' },
      { value: 'Builds', label: 'Builds' },
    ])
    expect(vendor.requests()[0]).toMatchObject({ method: 'GET', path: '/v1/notifications', headers: { 'api-key': expect.stringMatching(/^s3cret/) } })
    vendor.answer({ status: 401, body: { error: 'Invalid API-Key provided.' } })
    await expect(vendor.list('notifications')).rejects.toMatchObject({ failure: 'unreachable' })
  })

  it('knows that dots are no name', () => {
    for (const notification of ['.', '..'])
      expect(pushcut.check({ destination: { apiKey: 'k', notification } })).toMatchObject([{ pointer: '/destination/notification' }])
    expect(pushcut.check({ destination: { apiKey: 'k', notification: '...' } })).toEqual([])
  })
})
