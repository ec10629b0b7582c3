import { describe, expect, it } from 'vitest'
import { gotify } from './gotify.ts'
import { describeProvider } from './testing/describe-provider.ts'
import { pasted, playVendor } from './testing/vendor.ts'

const given = (url: string) => ({ settings: { server: `${url}/push/` }, destination: { token: 's3cret-A1b2' } })
interface Post {
  title: string
  message: string
}

describeProvider(gotify, {
  given,
  sends: {
    path: '/push/message',
    headers: { 'x-gotify-key': 's3cret-A1b2' },
    json: {
      title: 'Build 7 failed',
      message: 'main is **red**',
      priority: 8,
      extras: { 'client::display': { contentType: 'text/markdown' }, 'client::notification': { click: { url: 'https://ci.example/7' } } },
    },
  },
  plain: /^\/title$/,
  accepted: { reply: { body: { id: 42, appid: 1, message: 'main is **red**' } }, receipt: { externalId: '42' } },
  failures: { 404: 'misconfigured', 410: 'misconfigured' },
  denied: 'misconfigured',
  limits(request) {
    const { title, message } = request.json() as Post
    return [
      { text: title, limit: 1024, unit: 'bytes' },
      { text: message, limit: 32_768, unit: 'bytes' },
    ]
  },
})

describe('gotify', () => {
  const vendor = playVendor(gotify, given)

  it.each([
    ['medium', 'debug', 0],
    ['medium', 'info', 3],
    ['medium', 'warning', 6],
    ['medium', 'critical', 10],
    ['low', 'critical', 2],
    ['urgent', 'info', 10],
  ] as const)('%s priority and %s severity ring as %i', async (priority, severity, expected) => {
    await vendor.send({ priority, severity })
    expect(vendor.requests()[0]?.json()).toMatchObject({ priority: expected })
  })

  it('shows the title where there is no text, and a picture', async () => {
    await vendor.send({ body: ' ', image: 'https://x.test/i.png' })
    expect(vendor.requests()[0]?.json()).toMatchObject({
      message: 'Build 7 failed',
      extras: { 'client::notification': { bigImageUrl: 'https://x.test/i.png' } },
    })
  })

  it('tells a refused token from a proxy that wants a login', async () => {
    vendor.answer({ status: 401, body: { error: 'Unauthorized', errorCode: 401, errorDescription: 'you need to provide a valid access token' } })
    await expect(vendor.send()).rejects.toMatchObject({
      failure: 'unreachable',
      message: expect.stringContaining('you need to provide a valid access token'),
    })
    vendor.answer({ status: 403, body: { error: 'Forbidden', errorCode: 403, errorDescription: 'you are not allowed to access this api' } })
    await expect(vendor.send()).rejects.toMatchObject({ failure: 'unreachable' })
    vendor.answer({ status: 401, body: '<html>' })
    await expect(vendor.send()).rejects.toMatchObject({ failure: 'misconfigured' })
  })

  it('does not take a web page for a delivery', async () => {
    vendor.answer({ headers: { 'content-type': 'text/html; charset=utf-8' }, body: '<html>' })
    await expect(vendor.send()).rejects.toMatchObject({ failure: 'misconfigured', code: 'web_page' })
  })

  it('asks the server how it is', async () => {
    await vendor.verify()
    expect(vendor.requests()).toMatchObject([{ method: 'GET', path: '/push/health' }])
    vendor.answer(404)
    await expect(vendor.verify()).rejects.toMatchObject({ failure: 'misconfigured' })
  })

  it('reads the URL of Apprise', () => {
    expect(pasted(gotify, 'gotifys://push.example:8443/a/b/A1b2?priority=high')).toEqual({
      settings: { server: 'https://push.example:8443/a/b' },
      destination: { token: 'A1b2' },
    })
    expect(pasted(gotify, 'gotify://push.example/A1b2')).toMatchObject({ settings: { server: 'http://push.example' } })
    expect(pasted(gotify, 'gotify://push.example/')).toMatch(/gotifys:\/\/server\/token/)
  })
})
