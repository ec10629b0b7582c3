import { type AddressInfo, connect, createServer } from 'node:net'
import { networkInterfaces } from 'node:os'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openTestStore, type TestStore } from '../../test/setup/engines.ts'
import { createTestServer, ROOT_KEY } from '../app/testing/server.ts'
import { listen } from './listen.ts'
import { exchange, parse } from './testing/exchange.ts'

/** The addresses of the loopback that this machine has: one or both. */
const LOOPBACK = ['127.0.0.1', '::1'].filter((one) =>
  Object.values(networkInterfaces())
    .flat()
    .some((face) => face?.address === one),
)
/** RFC 5737: an address that no machine has. */
const ABSENT = '192.0.2.1'

const AUTH = `Authorization: Bearer ${ROOT_KEY}\r\n`
const UPGRADE = 'Host: hub\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n'

/** Each needs a handler or a limit that is set on the server itself, and not on a route. */
const CASES: [name: string, sent: string, answer: [status: number, code: string | null]][] = [
  ['a good request', 'GET /health/live HTTP/1.1\r\nHost: hub\r\nConnection: close\r\n\r\n', [200, null]],
  ['no HTTP', 'HELLO\r\n\r\n', [400, 'malformed_request']],
  ['an unknown method', 'BREW /v1/events HTTP/1.1\r\nHost: hub\r\n\r\n', [405, 'method_not_allowed']],
  ['CONNECT', 'CONNECT example.com:443 HTTP/1.1\r\nHost: example.com\r\n\r\n', [404, 'not_found']],
  ['an expectation', 'POST /v1/events HTTP/1.1\r\nHost: hub\r\nExpect: miracles\r\nContent-Length: 2\r\n\r\n{}', [417, 'expectation_failed']],
  ['no host', 'GET /v1/health HTTP/1.1\r\nConnection: close\r\n\r\n', [400, 'invalid_request']],
  ['large headers', `GET /v1/health HTTP/1.1\r\nHost: hub\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`, [431, 'headers_too_large']],
  ['2,000 headers and a second Host', `GET / HTTP/1.1\r\n${'a: b\r\n'.repeat(2000)}Host: a\r\nHost: b\r\nConnection: close\r\n\r\n`, [400, 'invalid_request']],
  ['a WebSocket without a token', `GET /v1/inbox/ws HTTP/1.1\r\n${UPGRADE}\r\n`, [401, 'unauthorized']],
  ['a WebSocket of another version', `GET /v1/inbox/ws HTTP/1.1\r\n${AUTH}Carillon-User: ann\r\n${UPGRADE.replace('13', '7')}\r\n`, [400, 'malformed_request']],
  ['another upgrade', 'GET /v1/users HTTP/1.1\r\nHost: hub\r\nConnection: Upgrade, close\r\nUpgrade: h2c\r\n\r\n', [401, 'unauthorized']],
  ['a silent connection', '', [408, 'request_timeout']],
  [
    'a body that never ends',
    `POST /v1/events HTTP/1.1\r\nHost: hub\r\n${AUTH}Content-Type: application/json\r\nContent-Length: 9\r\n\r\n{`,
    [408, 'request_timeout'],
  ],
]

describe('a host with several addresses', () => {
  let store: TestStore
  beforeAll(async () => {
    store = await openTestStore('sqlite')
  })
  afterAll(() => store.close())

  const open = (plugins: Parameters<typeof createTestServer>[1] = {}) => createTestServer(store.dialect, plugins)
  const portOf = ({ server }: { server: { address(): AddressInfo | string | null } }): number => {
    const bound = server.address()
    return typeof bound === 'object' && bound !== null ? bound.port : 0
  }
  const taken = (host: string, port: number): Promise<string> =>
    new Promise((resolve) => {
      const socket = connect({ host, port })
      socket.on('connect', () => {
        socket.destroy()
        resolve('open')
      })
      socket.on('error', () => resolve('refused'))
    })

  it.each([
    ['localhost', undefined],
    ['hub.example', async () => [ABSENT, ...LOOPBACK, ...LOOPBACK]],
  ])('%s: every address that the machine has answers in the same way', async (host, find) => {
    const { app } = await open({ limits: { headersMs: 100, requestMs: 200, checkMs: 20 } })
    const url = await listen(app, { host, port: 0 }, find)
    const port = portOf(app)
    expect(url).toBe(`http://127.0.0.1:${port}`)
    for (const [name, sent, answer] of CASES)
      for (const address of LOOPBACK) {
        const { status, body, headers } = parse(await exchange(port, sent, { host: address }))
        const problem = headers.get('content-type') === 'application/problem+json' ? JSON.parse(body).code : null
        expect({ name, address, answer: [status, problem] }).toEqual({ name, address, answer })
        expect(headers.get('x-content-type-options'), `${name} at ${address}`).toBe('nosniff')
      }
    await app.close()
    for (const address of LOOPBACK) expect(await taken(address, port), address).toBe('refused')
  })

  it.each(LOOPBACK)('the end waits for a request at %s', async (host) => {
    const asked = Promise.withResolvers<void>()
    const slow = Promise.withResolvers<object>()
    const route = async () => {
      asked.resolve()
      return slow.promise
    }
    const { app } = await open({ plugins: [(scope) => void scope.get('/v1/slow', { config: { scope: 'read' } }, route)] })
    await listen(app, { host: 'localhost', port: 0 })
    const port = portOf(app)
    const answer = exchange(port, `GET /v1/slow HTTP/1.1\r\nHost: hub\r\nConnection: close\r\n${AUTH}\r\n`, { host })
    await asked.promise
    let ended = false
    const closed = app.close().then(() => {
      ended = true
    })
    for (const address of LOOPBACK) await expect.poll(() => taken(address, port), { message: address }).toBe('refused')
    expect(ended).toBe(false)
    slow.resolve({ slow: true })
    expect(parse(await answer)).toMatchObject({ status: 200, body: '{"slow":true}' })
    await closed
  })

  it('a second address that is taken stops the start, and a name without an address too', async () => {
    const other = createServer().listen({ host: LOOPBACK.at(-1), port: 0 })
    await new Promise((listening) => other.once('listening', listening))
    const bound = other.address() as AddressInfo
    const hub = await open()
    await expect(listen(hub.app, { host: 'localhost', port: bound.port })).rejects.toMatchObject({ code: 'EADDRINUSE' })
    for (const address of LOOPBACK.slice(0, -1)) expect(await taken(address, bound.port), address).toBe('refused')
    other.close()

    for (const found of [[], [ABSENT]]) {
      const { app } = await open()
      await expect(listen(app, { host: 'hub.example', port: 0 }, async () => found)).rejects.toThrow(found.length === 0 ? 'hub.example has no address' : ABSENT)
      await app.close()
    }
  })
})
