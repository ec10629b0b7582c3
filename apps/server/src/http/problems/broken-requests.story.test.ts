import { type AddressInfo, connect } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openTestStore, type TestStore } from '../../../test/setup/engines.ts'
import { createTestServer, ROOT_KEY } from '../../app/testing/server.ts'
import { ERRORS } from '../../errors.ts'
import { SINGLE_HEADERS } from '../requests/single-headers.ts'
import { type Answer, exchange, parse } from '../testing/exchange.ts'

const AUTH = `Authorization: Bearer ${ROOT_KEY}\r\n`
/** A request that asks for the connection to be closed, so that its answer has an end. */
const ask = (line: string, headers = '', body = '') => `${line} HTTP/1.1\r\nHost: hub\r\nConnection: close\r\n${headers}\r\n${body}`
const json = (line: string, headers: string, body = '{}') =>
  ask(line, `${AUTH}Content-Type: application/json\r\nContent-Length: ${body.length}\r\n${headers}`, body)
const handshake = (path: string, headers: string) => `GET ${path} HTTP/1.1\r\nHost: hub\r\nConnection: Upgrade\r\n${headers}\r\n`

type Case = [name: string, sent: string | Buffer, status: number, code: string, pointer?: string]

const CASES: Case[] = [
  ['no HTTP', 'HELLO\r\n\r\n', 400, 'malformed_request'],
  ['TLS on the plain port', Buffer.from('160301020001000403030102', 'hex'), 400, 'malformed_request'],
  ['HTTP/0.9', 'GET /v1/health\r\n\r\n', 401, 'unauthorized'],
  ['an unknown version', 'GET /v1/health HTTP/3.7\r\nHost: hub\r\n\r\n', 400, 'malformed_request'],
  ['the preface of HTTP/2', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 400, 'malformed_request'],
  ['an unknown method', ask('BREW /v1/events'), 405, 'method_not_allowed'],
  ['an unknown method and path', ask('BREW /v1/nothing'), 404, 'not_found'],
  ['a method in small letters', ask('post /v1/events'), 405, 'method_not_allowed'],
  ['TRACE', ask('TRACE /v1/events'), 405, 'method_not_allowed'],
  ['PROPFIND', ask('PROPFIND /v1/users'), 405, 'method_not_allowed'],
  ['CONNECT', 'CONNECT example.com:443 HTTP/1.1\r\nHost: example.com\r\n\r\n', 404, 'not_found'],
  ['headers that are too large', ask('GET /v1/health', `X: ${'x'.repeat(20_000)}\r\n`), 431, 'headers_too_large'],
  ['a URL that is too long', ask(`GET /v1/users/${'x'.repeat(20_000)}`), 431, 'headers_too_large'],
  ['a header without a colon', ask('GET /v1/health', 'nonsense\r\n'), 400, 'malformed_request'],
  ['a header name with a space', ask('GET /v1/health', 'a b: c\r\n'), 400, 'malformed_request'],
  ['a control character in a header', ask('GET /v1/health', 'a: b\u0001c\r\n'), 400, 'malformed_request'],
  [
    'a chunk without a size',
    ask('POST /v1/events', `${AUTH}Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n`, 'zz\r\n{}\r\n'),
    400,
    'malformed_request',
    '',
  ],
  [
    'chunk extensions that are too large',
    ask('POST /v1/events', `${AUTH}Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n`, `2;${'x'.repeat(20_000)}\r\n{}\r\n`),
    400,
    'malformed_request',
    '',
  ],
  ['a length that is no number', ask('POST /v1/events', `${AUTH}Content-Length: ten\r\n`, '{}'), 400, 'malformed_request', '/header/content-length'],
  ['two lengths', ask('POST /v1/events', 'Content-Length: 2\r\nContent-Length: 3\r\n', '{}'), 400, 'malformed_request', '/header/content-length'],
  [
    'a length and chunks',
    ask('POST /v1/events', 'Content-Length: 2\r\nTransfer-Encoding: chunked\r\n', '0\r\n\r\n'),
    400,
    'malformed_request',
    '/header/transfer-encoding',
  ],
  [
    'a compressed transfer',
    ask('POST /v1/events', `${AUTH}Transfer-Encoding: gzip, chunked\r\n`, '0\r\n\r\n'),
    415,
    'unsupported_media_type',
    '/header/transfer-encoding',
  ],
  ['no host', 'GET /v1/health HTTP/1.1\r\nConnection: close\r\n\r\n', 400, 'invalid_request', '/header/host'],
  ['an expectation', ask('POST /v1/events', `${AUTH}Expect: miracles\r\nContent-Length: 2\r\n`, '{}'), 417, 'expectation_failed', '/header/expect'],
  ['bytes beyond ASCII in the path', Buffer.from(ask('GET /v1/users/zoé', AUTH)), 400, 'malformed_request', '/path'],
  ['bytes beyond ASCII in the path, and an escape', Buffer.from(ask('GET /v1/users/zo%C3%A9é', AUTH)), 400, 'malformed_request', '/path'],
  ['bytes beyond ASCII in the query', Buffer.from(ask('GET /v1/users?cursor=é', AUTH)), 400, 'malformed_request', '/path'],
  ['NUL in the query', ask('GET /v1/users?cursor=%00', AUTH), 400, 'invalid_request', '/query'],
  ['an escape that is none', ask('GET /v1/users/%zz', AUTH), 400, 'invalid_request', '/path'],
  ['an escape that is no UTF-8', ask('GET /v1/users/%e9', AUTH), 400, 'invalid_request', '/path'],
  ['NUL in the path', ask('GET /v1/users/%00', AUTH), 400, 'invalid_request', '/path'],
  ['a part of the path that is too long', ask(`GET /v1/users/${'x'.repeat(3000)}`, AUTH), 400, 'invalid_request', '/path'],
  ['a body that is too large', ask('POST /v1/events', `${AUTH}Content-Type: application/json\r\nContent-Length: 2000000\r\n`), 413, 'body_too_large', ''],
  ['no type of the body', ask('POST /v1/events', `${AUTH}Content-Length: 2\r\n`, '{}'), 415, 'unsupported_media_type', '/header/content-type'],
  [
    'a WebSocket without a token',
    handshake('/v1/inbox/ws', 'Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n'),
    401,
    'unauthorized',
  ],
  [
    'a WebSocket of another version',
    handshake('/v1/inbox/ws', `${AUTH}Carillon-User: ann\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 7\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n`),
    400,
    'malformed_request',
  ],
  [
    'a WebSocket without a key',
    handshake('/v1/inbox/ws', `${AUTH}Carillon-User: ann\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n`),
    400,
    'malformed_request',
  ],
  [
    'a WebSocket from another page',
    handshake(
      '/v1/inbox/ws',
      `${AUTH}Carillon-User: ann\r\nOrigin: https://evil.example\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n`,
    ),
    403,
    'origin_not_allowed',
    '/header/origin',
  ],
  [
    'a WebSocket where there is none',
    handshake('/v1/nothing', `${AUTH}Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n`).replace('Upgrade\r\n', 'Upgrade, close\r\n'),
    404,
    'not_found',
  ],
  ['the WebSocket route without a handshake', ask('GET /v1/inbox/ws', `${AUTH}Carillon-User: ann\r\n`), 426, 'upgrade_required'],
  ...['POST /v1/events', 'PUT /v1/users/ann', 'PATCH /v1/me/preferences', 'DELETE /v1/users/nobody', 'GET /v1/users'].flatMap((line): Case[] => [
    [`a compressed body of ${line}`, json(line, 'Content-Encoding: gzip\r\n'), 415, 'unsupported_media_type', '/header/content-encoding'],
    [
      `another character set of ${line}`,
      json(line, '').replace('json\r\n', 'json; charset=iso-8859-1\r\n'),
      415,
      'unsupported_media_type',
      '/header/content-type',
    ],
  ]),
  ...[...SINGLE_HEADERS]
    .filter((name) => !['content-length', 'transfer-encoding', 'expect'].includes(name))
    .map(
      (name): Case => [
        `a second ${name}`,
        ask('GET /v1/health', `${name === 'host' ? '' : `${name}: a\r\n`}${name.toUpperCase()}: b\r\n`),
        400,
        'invalid_request',
        `/header/${name}`,
      ],
    ),
]

describe('requests that never reach a route', () => {
  let store: TestStore
  let server: Awaited<ReturnType<typeof createTestServer>>
  let port: number
  beforeAll(async () => {
    store = await openTestStore('sqlite')
    server = await createTestServer(store.dialect)
    await server.app.listen({ port: 0, host: '127.0.0.1' })
    port = (server.app.server.address() as AddressInfo).port
  })
  afterAll(async () => {
    await server.app.close()
    await store.close()
  })

  function isProblem({ status, headers, body }: Answer): { code: string; errors: { pointer: string }[] } {
    expect(headers.get('content-type')).toBe('application/problem+json')
    expect(Object.fromEntries(headers)).toMatchObject({ 'x-content-type-options': 'nosniff', 'cache-control': 'no-store', 'referrer-policy': 'no-referrer' })
    const problem = JSON.parse(Buffer.from(body, 'latin1').toString())
    expect(problem).toMatchObject({
      status,
      type: expect.any(String),
      title: expect.any(String),
      detail: expect.any(String),
      requestId: expect.stringMatching(/^req_/),
    })
    expect(Object.keys(ERRORS)).toContain(problem.code)
    return problem
  }

  it.each(CASES)('%s', async (_name, sent, status, code, pointer) => {
    const answer = parse(await exchange(port, sent))
    const problem = isProblem(answer)
    expect({ status: answer.status, code: problem.code, pointer: problem.errors[0]?.pointer }).toEqual({ status, code, pointer })
    expect(parse(await exchange(port, ask('GET /health/live'))).status, 'the next request').toBe(200)
  })

  it('names the methods that work when the method is unknown', async () => {
    expect(parse(await exchange(port, ask('BREW /v1/events'))).headers.get('allow')).toBe('POST, GET')
  })

  it('answers a body that ends too early', async () => {
    const answer = parse(
      await exchange(port, `POST /v1/events HTTP/1.1\r\nHost: hub\r\n${AUTH}Content-Type: application/json\r\nContent-Length: 100\r\n\r\n{"ty`, { half: true }),
    )
    expect(isProblem(answer).code).toBe('malformed_request')
  })

  it('answers HEAD without a body', async () => {
    const answer = parse(await exchange(port, ask('HEAD /v1/events')))
    expect([answer.status, answer.headers.get('content-type'), answer.headers.get('allow'), answer.body]).toEqual([
      405,
      'application/problem+json',
      'POST, GET',
      '',
    ])
  })

  it('answers the request before the broken one first', async () => {
    const text = await exchange(port, `GET /health/live HTTP/1.1\r\nHost: hub\r\n\r\nnonsense\r\n\r\n`)
    expect([...text.matchAll(/HTTP\/1\.1 (\d+)/g)].map(([, status]) => status)).toEqual(['200', '400'])
  })

  it('refuses what arrives while the hub stops as every route does', async () => {
    let stopping = false
    const started = Promise.withResolvers<void>()
    const slow = Promise.withResolvers<object>()
    const route = async () => {
      started.resolve()
      return slow.promise
    }
    const hub = await createTestServer(store.dialect, {
      stopping: () => stopping,
      plugins: [(app) => void app.get('/v1/slow', { config: { scope: 'read' } }, route)],
    })
    await hub.app.listen({ port: 0, host: '127.0.0.1' })
    const { port } = hub.app.server.address() as AddressInfo
    const socket = connect({ port, host: '127.0.0.1' })
    let text = ''
    socket.on('data', (chunk) => {
      text += chunk.toString('latin1')
    })
    socket.write(`GET /v1/slow HTTP/1.1\r\nHost: hub\r\n${AUTH}\r\n`)
    await started.promise
    stopping = true
    const closed = hub.app.close()
    socket.write(ask('GET /v1/users', AUTH), () => slow.resolve({}))
    await new Promise((end) => socket.on('close', end))
    await closed
    const answer = parse(`HTTP/1.1 ${text.split('HTTP/1.1 ').at(-1)}`)
    expect([answer.status, isProblem(answer).code, answer.headers.get('retry-after')]).toEqual([503, 'stopping', '5'])
  })

  it('takes utf-8 in every spelling, identity, and 100-continue', async () => {
    for (const type of ['application/json; charset=utf-8', 'application/json;charset="UTF-8"', 'application/json; charset=utf8'])
      expect(
        (await server.call('POST', '/v1/events', { type: 'order.shipped', to: ['ann'] }, { headers: { 'content-type': type, 'content-encoding': 'identity' } }))
          .status,
      ).toBe(202)
    const body = '{"type":"order.shipped","to":["ann"]}'
    expect(await exchange(port, json('POST /v1/events', 'Expect: 100-continue\r\n', body))).toMatch(/^HTTP\/1\.1 100 Continue\r\n\r\nHTTP\/1\.1 202/)
  })

  it('limits the time of headers to 10 s and of a request to 30 s, looked at every second', () => {
    const { headersTimeout, requestTimeout } = server.app.server
    expect({ headersTimeout, requestTimeout, checked: Reflect.get(server.app.server, 'connectionsCheckingInterval') }).toEqual({
      headersTimeout: 10_000,
      requestTimeout: 30_000,
      checked: 1000,
    })
  })

  it.each([
    ['a silent connection', '', undefined],
    ['headers that drip', 'GET /v1/health HTTP/1.1\r\nHost: hub\r\n', 'a: b\r\n'],
    ['a body that drips', `POST /v1/events HTTP/1.1\r\nHost: hub\r\n${AUTH}Content-Type: application/json\r\nContent-Length: 9000\r\n\r\n{`, ' '],
  ])('ends %s with 408', async (_name, sent, drip) => {
    const impatient = await createTestServer(store.dialect, { limits: { headersMs: 100, requestMs: 200, checkMs: 20 } })
    await impatient.app.listen({ port: 0, host: '127.0.0.1' })
    const { port } = impatient.app.server.address() as AddressInfo
    const answer = parse(await exchange(port, sent, drip === undefined ? {} : { drip }))
    expect([answer.status, isProblem(answer).code]).toEqual([408, 'request_timeout'])
    await impatient.app.close()
  })
})
