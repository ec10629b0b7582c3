import { describe, expect, it } from 'vitest'
import { createOutbound, type OutboundOptions, type ProxyServer, parseAllowList, parseProxy } from '../security/outbound.ts'
import { resolvingTo } from '../security/testing/resolving.ts'
import { openTunnel } from '../security/tunnel.ts'
import type { Http } from './kit/contract.ts'
import { createHttp, type HttpDoor } from './kit/http.ts'
import { createCertificates } from './testing/certificates.ts'
import { closedAfterEach } from './testing/closing.ts'
import { exampleMessage, NOW } from './testing/message.ts'
import { type ProxyOptions, startHttpProxy, startSocksProxy, type TestProxy } from './testing/proxies.ts'
import { refusal } from './testing/refusal.ts'
import { HOST, waysOut } from './testing/ways.ts'
import { webhook } from './webhook.ts'

const closing = closedAfterEach()

const PUBLIC = '93.184.215.14'
const PUBLIC6 = '2606:2800:2210:cb07:6820:80da:af6b:8b2c'
const own = createCertificates()

const KINDS: Record<string, (options?: ProxyOptions) => Promise<TestProxy>> = {
  'an HTTP proxy': startHttpProxy,
  'an HTTP proxy over TLS': (options) => startHttpProxy({ ...options, tls: own }),
  'a SOCKS5 proxy': startSocksProxy,
}
const start = async (kind: string, options?: ProxyOptions) => {
  const proxy = await KINDS[kind]!(options)
  closing.push(proxy.close)
  return proxy
}

type Answer = [what: string, said: number | 'silence' | 'nonsense', words: string, expected: object]
const SOCKS_ANSWERS: Answer[] = [
  ['a rule against it', 2, 'does not allow', { failure: 'misconfigured', code: 'proxy' }],
  ['an unreachable host', 4, 'could not reach', { failure: 'temporary', code: 'proxy_path' }],
  ['a refusing host', 5, 'could not reach', { failure: 'temporary', code: 'proxy_path' }],
  ['a general failure', 1, 'could not reach', { failure: 'temporary', code: 'proxy_path' }],
  ['another kind of address', 8, 'does not support this kind of address', { failure: 'temporary', code: 'proxy_path' }],
  ['nonsense', 'nonsense', 'does not answer as a SOCKS5 proxy does', { failure: 'misconfigured', code: 'proxy' }],
]
const HTTP_ANSWERS: Answer[] = [
  ['407', 407, 'demands a user name and a password (407)', { failure: 'misconfigured', code: 'proxy', status: 407 }],
  ['403', 403, 'does not allow', { failure: 'misconfigured', code: 'proxy', status: 403 }],
  ['405', 405, 'does not allow', { failure: 'misconfigured', code: 'proxy', status: 405 }],
  ['502', 502, 'could not reach', { failure: 'temporary', code: 'proxy_path', status: 502 }],
  ['504', 504, 'could not reach', { failure: 'temporary', code: 'proxy_path', status: 504 }],
  ['429', 429, 'answered 429 when it was asked for', { failure: 'temporary', code: 'proxy', status: 429 }],
  ['500', 500, 'answered 500 when it was asked for', { failure: 'temporary', code: 'proxy', status: 500 }],
  ['404', 404, 'is it a proxy?', { failure: 'misconfigured', code: 'proxy' }],
  ['nonsense', 'nonsense', 'does not answer as an HTTP proxy does', { failure: 'misconfigured', code: 'proxy' }],
]

const parsed = (url: string): ProxyServer => {
  const proxy = parseProxy(url, 'operator')
  if (typeof proxy === 'string') throw new Error(proxy)
  return proxy
}

/** A hub behind this proxy; every name has these addresses. */
function hub(proxy: string | null, { addresses = [PUBLIC], ...options }: OutboundOptions & { addresses?: string[] } = {}): HttpDoor {
  const outbound = createOutbound({
    proxy: proxy === null ? null : parsed(proxy),
    proxyTrust: { caCertificate: own.ca },
    lookup: resolvingTo(...addresses),
    ...options,
  })
  const door = createHttp({ outbound, clock: () => NOW })
  closing.push(door.close)
  return door
}

const ways = waysOut(closing)
const WAYS = Object.entries(ways)

describe.each(Object.keys(KINDS))('%s', (kind) => {
  describe.each(WAYS)('for %s', (_name, { start: serve, call }) => {
    it('is asked for the checked address, and the server is spoken to under its name', async () => {
      const [proxy, server] = [await start(kind, { credentials: 'ana:s3cret@1' }), await serve()]
      closing.push(server.close)
      await call(hub(proxy.url.replace('//', '//ana:s3cret%401@')), server.port)
      expect(server.heard()).toBe(1)
      expect(proxy.asked).toEqual([{ target: `${PUBLIC}:${server.port}`, credentials: 'ana:s3cret@1' }])
    })

    it('is asked for nothing that the guard refuses, and not needed for what the operator allowed', async () => {
      const [proxy, server] = [await start(kind), await serve()]
      closing.push(server.close)
      expect(await refusal(call(hub(proxy.url, { addresses: ['127.0.0.1'] }), server.port))).toMatchObject({ code: 'address_not_allowed' })
      expect([proxy.asked, server.heard()]).toEqual([[], 0])
      await call(hub(proxy.url, { addresses: ['127.0.0.1'], allow: parseAllowList('127.0.0.1') }), server.port)
      expect([proxy.asked, server.heard()]).toEqual([[], 1])
    })

    it('is asked for the name where names are left to it', async () => {
      const [proxy, server] = [await start(kind), await serve()]
      closing.push(server.close)
      const lookup = () => expect.unreachable('the hub resolves nothing')
      await call(hub(proxy.url, { proxyResolves: true, lookup }), server.port)
      expect(proxy.asked.map(({ target }) => target)).toEqual([`${HOST}:${server.port}`])
      expect(server.heard()).toBe(1)
    })

    it('is named by the error when it is down', async () => {
      const [proxy, server] = [await start(kind), await serve()]
      closing.push(server.close)
      await proxy.close()
      const error = await refusal(call(hub(proxy.url.replace('//', '//ana:s3cret@')), server.port))
      expect(error).toMatchObject({ failure: 'temporary', code: 'proxy', scope: 'target', unreached: true, maybeDelivered: false })
      expect(error.message).toContain(`the proxy 127.0.0.1:${proxy.port} refused the connection`)
    })
  })

  it('loses no word of a server that speaks first, also when it comes with the answer of the proxy', async () => {
    const [proxy, server] = [await start(kind, { together: true }), await ways['SMTP']!.start()]
    closing.push(server.close)
    await ways['SMTP']!.call(hub(proxy.url), server.port)
    expect(server.heard()).toBe(1)
  })

  const hook = (http: Http, host = HOST) =>
    webhook.send({
      settings: {},
      destination: { url: `http://${host}:8484/x` },
      message: exampleMessage(),
      delivery: { id: 'dlv_1', attempt: 1, createdAt: NOW },
      http,
      clock: () => NOW,
    })

  it('keeps no connection for a host that cannot be written', async () => {
    const proxy = await start(kind)
    const through = { proxy: parsed(proxy.url), through: ['127.0.0.1'], trust: { caCertificate: own.ca } }
    await expect(openTunnel(through, [`a\r\n${'b'.repeat(300)}`], 80, AbortSignal.timeout(5_000))).rejects.toThrow()
    await expect.poll(proxy.open).toBe(0)
  })

  it('is asked for every checked address in turn', async () => {
    const [proxy, server] = [await start(kind), await ways['HTTP']!.start()]
    closing.push(server.close)
    const socks = kind.includes('SOCKS')
    proxy.answer((target) => (target.startsWith('93.184.215.14') || target.startsWith('[') ? (socks ? 4 : 502) : 'connect'))
    await ways['HTTP']!.call(hub(proxy.url, { addresses: [PUBLIC, PUBLIC6, '93.184.215.15'] }), server.port)
    expect(proxy.asked.map(({ target }) => target.replace(/:\d+$/, ''))).toEqual([PUBLIC, `[${PUBLIC6}]`, '93.184.215.15'])
    expect(server.heard()).toBe(1)
  })

  const socks = kind.includes('SOCKS')
  it.each<Answer>([...(socks ? SOCKS_ANSWERS : HTTP_ANSWERS), ['silence', 'silence', 'in time', { failure: 'temporary', code: 'proxy_path' }]])(
    'is understood when it answers %s',
    async (_what, said, words, expected) => {
      const proxy = await start(kind)
      proxy.answer(() => said)
      const error = await refusal(hook(hub(proxy.url, said === 'silence' ? { connectMs: 300 } : {})))
      expect(error).toMatchObject({ scope: 'target', about: 'connection', maybeDelivered: false, ...expected })
      expect(error.message).toMatch(new RegExp(`^http://${HOST}:8484 was not reached: the proxy 127\\.0\\.0\\.1:${proxy.port} `))
      expect(error.message).toContain(words)
      expect(error.message.includes('CARILLON_OUTBOUND_PROXY')).toBe(error.failure === 'misconfigured')
      await expect.poll(proxy.open, { message: 'no socket stays open' }).toBe(0)
    },
  )

  it('did not reach the server when it reaches none of its addresses', async () => {
    const proxy = await start(kind)
    proxy.answer(() => (socks ? 4 : 502))
    const error = await refusal(hook(hub(proxy.url, { addresses: [PUBLIC, PUBLIC6] })))
    expect(error).toMatchObject({ failure: 'temporary', code: 'proxy_path', message: expect.stringContaining(`could not reach ${PUBLIC}:8484`) })
    expect(proxy.asked).toHaveLength(2)
  })

  it.runIf(!socks)('is given a password without a user name', async () => {
    const [proxy, server] = [await start(kind, { credentials: ':s3cret' }), await ways['HTTP']!.start()]
    closing.push(server.close)
    await ways['HTTP']!.call(hub(proxy.url.replace('//', '//:s3cret@')), server.port)
    expect(server.heard()).toBe(1)
  })

  it('says whether it demands a password, or does not accept the one that it was given', async () => {
    const proxy = await start(kind, { credentials: 'ana:s3cret' })
    const words = async (url: string) => (await refusal(hook(hub(url)))).message
    expect(await words(proxy.url)).toContain(socks ? 'demands another sign-in' : 'demands a user name and a password (407)')
    expect(await words(proxy.url.replace('//', '//ana:s3cret-2@'))).toContain('does not accept its user name and password')
  })

  it('is asked for one address only when it fails itself', async () => {
    const proxy = await start(kind)
    proxy.answer(() => (socks ? 2 : 403))
    expect(await refusal(hook(hub(proxy.url, { addresses: [PUBLIC, PUBLIC6, '93.184.215.15'] })))).toMatchObject({ code: 'proxy' })
    expect(proxy.asked).toHaveLength(1)
  })

  it('is the setting to correct when its password is wrong, or the variable', async () => {
    const proxy = await start(kind, { credentials: 'ana:s3cret' })
    const wrong = proxy.url.replace('//', '//ana:s3cret-2@')
    expect(await refusal(hook(hub(wrong)))).toMatchObject({
      failure: 'misconfigured',
      field: undefined,
      message: expect.stringContaining('(CARILLON_OUTBOUND_PROXY)'),
    })
  })

  it('takes no address of a person where names are left to it', async () => {
    const proxy = await start(kind)
    const door = hub(proxy.url, { proxyResolves: true })
    const to = { url: `http://${HOST}:8484/x` }
    const error = await refusal(hook(door.for('person', {}, to)))
    expect(error).toMatchObject({ code: 'address_not_allowed', message: expect.stringContaining('cannot be checked, because the proxy resolves names') })
    expect(await refusal(hook(door.for('person', {}, { url: 'http://MANY.test:8484/x' })))).toMatchObject({ code: 'address_not_allowed' })
    expect(proxy.asked).toEqual([])
    // What the provider or its settings name is no word of that person.
    proxy.answer(() => (socks ? 4 : 502))
    expect(await refusal(hook(door.for('person', {}, { chatId: '42' })))).toMatchObject({ code: 'proxy_path' })
  })
})

describe('settings.proxy', () => {
  const [kind] = Object.keys(KINDS)
  it('is used by every protocol, in place of the proxy of the hub', async () => {
    const [theirs, mine] = [await start(kind!), await start(kind!)]
    const through = waysOut(closing, { proxy: mine.url })
    for (const [name, { start: serve, call }] of Object.entries(through)) {
      if (name === 'HTTP/2') continue // no connection of its own: `apns` is one
      const server = await serve()
      closing.push(server.close)
      await call(hub(theirs.url, { allow: parseAllowList(`127.0.0.1:${mine.port}`) }), server.port)
      expect(server.heard(), name).toBe(1)
    }
    expect(theirs.asked).toEqual([])
    expect(mine.asked).toHaveLength(Object.keys(through).length - 1)
  })

  it('shares no socket with another proxy, or with none', async () => {
    const [one, other] = [await start(kind!), await start(kind!)]
    const server = await ways['HTTP']!.start()
    closing.push(server.close)
    const door = hub(one.url, { allow: parseAllowList(`127.0.0.1:${other.port}`) })
    await ways['HTTP']!.call(door, server.port)
    await waysOut(closing, { proxy: other.url })['HTTP']!.call(door, server.port)
    expect([one.asked.length, other.asked.length]).toEqual([1, 1])
  })

  it('is judged as the other addresses in the settings, and named in what is wrong with it', async () => {
    const proxy = await start(kind!, { credentials: 'ana:s3cret' })
    const through = waysOut(closing, { proxy: proxy.url })['HTTP']!
    expect(await refusal(through.call(hub(null), 8484))).toMatchObject({
      failure: 'misconfigured',
      field: '/settings/proxy',
      message: expect.stringContaining(`add "127.0.0.1:${proxy.port}" to CARILLON_OUTBOUND_ALLOW`),
    })
    expect(await refusal(through.call(hub(null, { allow: parseAllowList(`127.0.0.1:${proxy.port}`) }), 8484))).toMatchObject({
      failure: 'misconfigured',
      field: '/settings/proxy',
      status: 407,
    })
  })

  it.each([
    ['http://proxy.example.com:3128', null],
    ['https://ana:p%40ss@proxy.example.com', null],
    ['socks5://[2001:db8::1]:1080', null],
    ['proxy.example.com:3128', 'must begin with'],
    ['ftp://proxy.example.com', 'must begin with'],
    ['http://proxy.example.com/path', 'must end after the port'],
    ['http://proxy.example.com:0', 'must have a port'],
    ['http://ana:%ff@proxy.example.com', 'percent-encoded'],
    [`socks5://ana:${'x'.repeat(256)}@proxy.example.com`, 'at most 255 bytes'],
  ])('%s is checked when it is saved', (proxy, problem) => {
    const found = webhook.check({ settings: { proxy } })
    expect(found).toEqual(problem === null ? [] : [{ pointer: '/settings/proxy', message: expect.stringContaining(problem) }])
  })
})
