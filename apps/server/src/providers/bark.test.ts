import { describe, expect, it } from 'vitest'
import { bark } from './bark.ts'
import { describeProvider } from './testing/describe-provider.ts'
import { pasted, playVendor } from './testing/vendor.ts'

const given = (url: string) => ({ settings: { server: `${url}/bark` }, destination: { deviceKey: 's3cret-device' } })
interface Push {
  title: string
  body: string
}

describeProvider(bark, {
  given,
  sends: {
    path: '/bark/push',
    json: {
      device_key: 's3cret-device',
      title: 'Build 7 failed',
      body: 'main is **red**',
      level: 'timeSensitive',
      group: 'builds',
      url: 'https://ci.example/7',
    },
  },
  accepted: { reply: { body: { code: 200, message: 'success', timestamp: 1 } }, receipt: {} },
  exact: true,
  failures: { 404: 'misconfigured', 410: 'misconfigured' },
  denied: 'misconfigured',
  limits(request) {
    const { title, body } = request.json() as Push
    return [
      { text: title, limit: 250, unit: 'bytes' },
      { text: body, limit: 3000, unit: 'bytes' },
      { text: request.body, limit: 3800, unit: 'bytes' },
    ]
  },
})

describe('bark', () => {
  const vendor = playVendor(bark, given)

  it.each([
    ['medium', 'critical', {}, 'critical'],
    ['urgent', 'info', {}, 'critical'],
    ['urgent', 'info', { critical: false }, 'timeSensitive'],
    ['low', 'critical', {}, 'passive'],
    ['medium', 'info', {}, 'active'],
  ] as const)('%s priority and %s severity for %j are %s', async (priority, severity, destination, level) => {
    await vendor.send({ priority, severity }, { destination })
    expect(vendor.requests()[0]?.json()).toMatchObject({ level })
  })

  it('shows a picture, a sound and how much is unread', async () => {
    await vendor.send({ notification: { id: 'ntf_1', unread: 3 } }, { settings: { icon: 'https://x.test/i.png' }, destination: { sound: 'bell' } })
    expect(vendor.requests()[0]?.json()).toMatchObject({ icon: 'https://x.test/i.png', sound: 'bell', badge: 3 })
  })

  it('leaves out an address that would take the room of the text', async () => {
    await vendor.send({ url: `https://x.test/${'x'.repeat(1_000)}` })
    expect(vendor.requests()[0]?.json()).not.toHaveProperty('url')
  })

  it.each([
    [400, { code: 400, message: 'failed to get device token: not found' }, 'unreachable'],
    [200, { code: 400, message: 'failed to get device token: not found' }, 'unreachable'],
    [200, { code: 400, message: 'odd' }, 'rejected'],
    [200, { code: 500, message: 'push failed' }, 'temporary'],
  ])('reads %i %j', async (status, body, failure) => {
    vendor.answer({ status, body })
    await expect(vendor.send()).rejects.toMatchObject({ failure, message: expect.stringContaining(body.message) })
  })

  it('asks the server whether it is there', async () => {
    await vendor.verify()
    expect(vendor.requests()).toMatchObject([{ method: 'GET', path: '/bark/ping' }])
  })

  it('reads the URL of Apprise', () => {
    expect(pasted(bark, 'barks://bark.example/key1?sound=bell')).toEqual({
      settings: { server: 'https://bark.example' },
      destination: { deviceKey: 'key1', sound: 'bell' },
    })
    expect(pasted(bark, 'bark://bark.example/a/b')).toMatch(/several devices/)
    expect(pasted(bark, 'bark://bark.example')).toMatch(/device_key/)
  })
})
