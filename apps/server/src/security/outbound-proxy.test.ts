import { type AddressInfo, createServer } from 'node:net'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { createCertificates } from '../providers/testing/certificates.ts'
import { startHttpProxy, startSocksProxy, type TestProxy } from '../providers/testing/proxies.ts'
import { createOutbound, ProxyFailure, type ProxyServer, parseProxy } from './outbound.ts'
import { openTunnel } from './tunnel.ts'

const closing: (() => unknown)[] = []
afterEach(async () => {
  vi.useRealTimers()
  for (const close of closing.splice(0).reverse()) await close()
})

const PUBLIC = '93.184.215.14'
const PUBLIC6 = '2606:2800:2210:cb07:6820:80da:af6b:8b2c'
const own = createCertificates()
const proxyTrust = { caCertificate: own.ca }

const KINDS: [kind: string, start: () => Promise<TestProxy>][] = [
  ['an HTTP proxy', () => startHttpProxy()],
  ['an HTTP proxy over TLS', () => startHttpProxy({ tls: own })],
  ['a SOCKS5 proxy', () => startSocksProxy()],
]

const parsed = (url: string): ProxyServer => {
  const proxy = parseProxy(url, 'operator')
  if (typeof proxy === 'string') throw new Error(proxy)
  return proxy
}

describe.each(KINDS)('%s', (_kind, begin) => {
  const start = async () => {
    const proxy = await begin()
    closing.push(proxy.close)
    return proxy
  }

  it('gets a second for one address before it is asked for the next one', async () => {
    const proxy = await start()
    proxy.answer(() => 'silence')
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    const stop = new AbortController()
    const parts = { proxy: parsed(proxy.url), through: ['127.0.0.1'], trust: proxyTrust }
    const opening = openTunnel(parts, [PUBLIC, PUBLIC6], 80, stop.signal)
    // `expect.poll` would move the clock.
    const asked = async (times: number) => {
      for (let turn = 0; turn < 5000 && proxy.asked.length < times; turn++) await new Promise((next) => setImmediate(next))
      expect(proxy.asked).toHaveLength(times)
    }
    await asked(1)
    const waiting = vi.getTimerCount()
    vi.advanceTimersByTime(999)
    expect(vi.getTimerCount(), 'the next one still waits').toBe(waiting)
    vi.advanceTimersByTime(1)
    await asked(2)
    stop.abort(new Error('enough'))
    await expect(opening).rejects.toBeInstanceOf(ProxyFailure)
  })

  it('is looked at by a connection that asks for nothing, and named with its fault', async () => {
    const proxy = await start()
    const { checkProxy } = createOutbound({ proxy: parsed(proxy.url), proxyTrust })
    await checkProxy()
    expect(proxy.asked).toEqual([])
    await expect.poll(proxy.open).toBe(0)
    await proxy.close()
    const refused = await checkProxy().catch((error: unknown) => error)
    expect(refused).toBeInstanceOf(ProxyFailure)
    expect(refused).toMatchObject({ message: `the proxy 127.0.0.1:${proxy.port} refused the connection` })
  })
})

describe('a proxy over TLS', () => {
  it('must have a certificate that is trusted, and answer in time', async () => {
    const proxy = await startHttpProxy({ tls: own })
    closing.push(proxy.close)
    await expect(createOutbound({ proxy: parsed(proxy.url) }).checkProxy()).rejects.toMatchObject({
      name: 'ProxyFailure',
      lasting: true,
      message: expect.stringContaining('has no certificate that we can trust'),
    })
    await expect.poll(proxy.open).toBe(0)
    const mute = createServer((socket) => socket.resume().on('error', () => {}))
    await new Promise<void>((ready) => mute.listen(0, '127.0.0.1', ready))
    closing.push(() => new Promise((closed) => mute.close(closed)))
    const { port } = mute.address() as AddressInfo
    const { checkProxy, open } = createOutbound({ proxy: parsed(`https://127.0.0.1:${port}`), connectMs: 50 })
    for (const asked of [checkProxy(), open({ host: PUBLIC, port: 443, use: 'web' }, 'application')])
      await expect(asked).rejects.toMatchObject({ name: 'ProxyFailure', fault: 'own', message: `the proxy 127.0.0.1:${port} did not answer in time` })
  })
})

it('a proxy whose name does not resolve is named by the failure', async () => {
  const { checkProxy } = createOutbound({ proxy: parsed('http://proxy.example.com:3128'), lookup: (_host, done) => done(new Error('ENOTFOUND'), []) })
  await expect(checkProxy()).rejects.toMatchObject({ name: 'ProxyFailure', message: 'the proxy proxy.example.com:3128 has a name that does not resolve' })
})

it('a proxy that resolves names leads to no port of another service', async () => {
  const lookup = () => expect.unreachable('the hub resolves nothing')
  const { permits } = createOutbound({ proxy: parsed('http://proxy.example.com:3128'), proxyResolves: true, lookup })
  await expect(permits({ host: 'many.test', port: 443, use: 'web' }, 'application')).resolves.toBeUndefined()
  for (const port of [22, 25, 6379])
    await expect(permits({ host: 'many.test', port, use: 'web' }, 'application')).rejects.toThrow('is a port of another service')
})
