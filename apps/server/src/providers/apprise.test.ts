import { describe, expect, it } from 'vitest'
import { apprise } from './apprise.ts'
import { discord } from './discord/discord.ts'
import { ntfy } from './ntfy/ntfy.ts'
import { describeProvider } from './testing/describe-provider.ts'
import { exampleMessage } from './testing/message.ts'
import { pasted, playVendor } from './testing/vendor.ts'
import { webhook } from './webhook.ts'

const one = ['pagertree://s3cret-integration']

describeProvider(apprise, {
  given: (url) => ({
    settings: { server: `${url}/apprise/`, username: 'ana', password: 's3cret-pass', timeoutSeconds: 1 },
    destination: { urls: one },
  }),
  sends: {
    path: '/apprise/notify',
    headers: { authorization: `Basic ${Buffer.from('ana:s3cret-pass').toString('base64')}`, accept: 'application/json' },
    json: { urls: one, title: 'Build 7 failed', body: 'main is **red**', type: 'failure', format: 'markdown' },
  },
  plain: /^\/title$/,
  accepted: { reply: { body: { error: null, details: [] } }, receipt: {} },
  // A path that is not there is the server's address gone wrong, not the person's.
  failures: { 404: 'misconfigured', 405: 'rejected', 406: 'rejected', 410: 'misconfigured', 431: 'rejected' },
  // The proxy gave up waiting while the server went on.
  unsure: [503],
  denied: 'misconfigured',
  limits: () => [],
})

describe('an Apprise API server', () => {
  const vendor = playVendor(apprise, (url) => ({ settings: { server: url }, destination: { urls: one } }))
  const stored = { destination: { key: 's3cret-key', tags: 'ops, on-call' } }

  it('tells the tags of what is behind a key', async () => {
    vendor.answer({ body: { tags: ['ops', 'home'], urls: [] } })
    expect((await vendor.list('tags', stored)).map(({ value }) => value)).toEqual(['home', 'ops'])
    expect(vendor.requests()[0]).toMatchObject({ method: 'GET', path: '/json/urls/s3cret-key?privacy=1' })
    vendor.answer(204)
    expect(await vendor.list('tags', stored)).toEqual([])
  })

  it('may keep the URLs itself, behind a key, chosen by tags', async () => {
    await vendor.send({ severity: 'success', body: ' ' }, { destination: { key: 'home', tags: 'ops' } })
    expect(vendor.requests()[0]!.path).toBe('/notify/home')
    expect(vendor.requests()[0]!.json()).toEqual({ tag: 'ops', title: 'Build 7 failed', body: 'Build 7 failed', type: 'success', format: 'markdown' })
  })

  it('says 204 when it delivered nothing', async () => {
    vendor.answer(204)
    await expect(vendor.send()).rejects.toMatchObject({ failure: 'unreachable', code: 'http_204', message: expect.stringContaining('none of the URLs') })
    await expect(vendor.send({}, stored)).rejects.toMatchObject({ failure: 'unreachable', message: expect.stringContaining('no configuration behind the key') })
  })

  it('hides in 424 what failed: one service is tried again, several only a little, and no other connection may', async () => {
    vendor.answer(424)
    await expect(vendor.send()).rejects.toMatchObject({ failure: 'temporary', maybeDelivered: true, scope: 'message' })
    const attempt = (n: number) =>
      apprise.send({
        settings: { server: vendor.url() },
        destination: stored.destination,
        message: exampleMessage(),
        delivery: { id: 'dlv_1', attempt: n, createdAt: 0 },
        http: vendor.http,
        clock: () => 0,
      })
    await expect(attempt(2)).rejects.toMatchObject({ failure: 'temporary', maybeDelivered: true })
    await expect(attempt(3)).rejects.toMatchObject({ failure: 'rejected' })
  })

  it('tells what the server says, but no URL of ours', async () => {
    vendor.answer({ status: 424, body: { error: 'One or more notification could not be sent.', details: [] } })
    await expect(vendor.send()).rejects.toMatchObject({ message: expect.stringMatching(/service: One or more notification could not be sent\.$/) })
    vendor.answer({ status: 400, body: 'Bad format' })
    await expect(vendor.send()).rejects.toMatchObject({ message: `${vendor.url()} answered 400: Bad format` })
  })

  it.each([502, 503, 504])('may have delivered when the proxy gave up waiting: %i', async (status) => {
    vendor.answer(status)
    await expect(vendor.send()).rejects.toMatchObject({ failure: 'temporary', maybeDelivered: true })
  })

  it('is asked how it is without a message', async () => {
    await vendor.verify()
    expect(vendor.requests().map(({ method, path }) => `${method} ${path}`)).toEqual(['GET /status'])
    vendor.answer(417)
    await expect(vendor.verify()).rejects.toMatchObject({ status: 417 })
  })

  it('takes URLs or a key, never both nor neither', () => {
    const problems = (destination: object) => apprise.check({ destination: { ...destination } }).map(({ pointer }) => pointer)
    expect(problems({ urls: one })).toEqual([])
    expect(problems({ key: 'home', tags: 'a' })).toEqual([])
    expect(problems({})).toEqual(['/destination/urls'])
    expect(problems({ urls: one, key: 'home' })).toEqual(['/destination/key'])
    expect(problems({ urls: one, tags: 'a' })).toEqual(['/destination/tags'])
    expect(problems({ urls: ['json://%zz'] })).toEqual(['/destination/urls/0'])
    const around = { appriseProblem: (url: string) => (url.startsWith('slack') ? 'is wrong' : null) }
    expect(apprise.check({ own: true, destination: { urls: ['json://h', 'slack://x'] } }, around)).toEqual([
      { pointer: '/destination/urls/1', message: 'is wrong' },
    ])
  })
})

it.each([
  [
    discord,
    'discord://Bells@123456789012345678/tokenTOKEN_-tokenTOKEN?thread=223456789012345678',
    {
      settings: { username: 'Bells' },
      destination: { webhookUrl: 'https://discord.com/api/webhooks/123456789012345678/tokenTOKEN_-tokenTOKEN', threadId: '223456789012345678' },
    },
  ],
  [discord, 'discord://123456789012345678', expect.stringContaining('discord://')],
  [ntfy, 'ntfy://alerts', { destination: { topic: 'alerts' } }],
  [ntfy, 'ntfys://tk_1@ntfy.example:8443/alerts', { destination: { topic: 'https://ntfy.example:8443/alerts', token: 'tk_1' } }],
  [ntfy, 'ntfy://ntfy.lan/alerts', { destination: { topic: 'http://ntfy.lan/alerts' } }],
  [
    ntfy,
    'ntfys://ana:pw@ntfy.example/alerts',
    { settings: { server: 'https://ntfy.example', username: 'ana', password: 'pw' }, destination: { topic: 'alerts' } },
  ],
  [ntfy, 'ntfys://:tk_1@ntfy.example/alerts', { destination: { topic: 'https://ntfy.example/alerts', token: 'tk_1' } }],
  [ntfy, 'ntfys://ntfy.example/a/b', expect.stringContaining('several topics')],
  [
    webhook,
    'jsons://ana:pw@h.example/a%20b/c?-apiKey=v&+X-Tag=1&method=put',
    { destination: { url: 'https://h.example/a%20b/c?apiKey=v', method: 'PUT', username: 'ana', password: 'pw', headers: { 'X-Tag': '1' } } },
  ],
  [
    apprise,
    'apprises://ana:pw@relay.example:8000/sub/the-Key_1?tags=ops',
    {
      settings: { server: 'https://relay.example:8000/sub', username: 'ana', password: 'pw' },
      destination: { key: 'the-Key_1', tags: 'ops' },
    },
  ],
  [apprise, 'apprise://relay.example', expect.stringContaining('apprises://host/key')],
  [webhook, 'json://h.example:8080', { destination: { url: 'http://h.example:8080/' } }],
])('%o reads %s', (provider, text, expected) => expect(JSON.parse(JSON.stringify(pasted(provider, text)))).toEqual(expected))
