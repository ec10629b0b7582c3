import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openTestStore, type TestStore } from '../../../test/setup/engines.ts'
import { createTestServer, ROOT_KEY } from '../../app/testing/server.ts'
import { exchange, parse } from '../testing/exchange.ts'

const APP = 'https://app.example.com'
const AUTH = `Authorization: Bearer ${ROOT_KEY}\r\nContent-Type: application/json\r\n`
const ask = (line: string, origin: string, headers = '', body = '') =>
  `${line} HTTP/1.1\r\nHost: hub\r\nConnection: close\r\nOrigin: ${origin}\r\n${headers}\r\n${body}`
const posted = (origin: string, body: string, headers = '') => ask('POST /v1/events', origin, `${AUTH}Content-Length: ${body.length}\r\n${headers}`, body)

type Case = [name: string, sent: (origin: string) => string, status: number]
const CASES: Case[] = [
  ['no key', (origin) => ask('GET /v1/events', origin), 401],
  ['no route', (origin) => ask('GET /v1/nothing', origin, AUTH), 404],
  ['no such method', (origin) => ask('DELETE /v1/events', origin, AUTH), 405],
  ['a method that HTTP does not know', (origin) => ask('BREW /v1/events', origin), 405],
  ['a path that is no UTF-8', (origin) => ask('GET /v1/users/%ff', origin, AUTH), 400],
  ['no JSON', (origin) => posted(origin, '{'), 400],
  ['an unknown field', (origin) => posted(origin, '{"x":1}'), 400],
  ['a body that is too large', (origin) => ask('POST /v1/events', origin, `${AUTH}Content-Length: 9999999\r\n`), 413],
  ['a compressed body', (origin) => posted(origin, '{}', 'Content-Encoding: gzip\r\n'), 415],
  ['an expectation', (origin) => posted(origin, '{}', 'Expect: miracles\r\n'), 417],
  ['headers that are too large', (origin) => ask('GET /v1/events', origin, `X: ${'x'.repeat(20_000)}\r\n`), 431],
  ['a body without an end', (origin) => ask('POST /v1/events', origin, `${AUTH}Content-Length: 10\r\n`, '{'), 408],
  ['a header twice', (origin) => ask('GET /v1/events', origin, `${AUTH}Carillon-User: a\r\nCarillon-User: b\r\n`), 400],
]

/** Nothing of this depends on the database. */
describe('refusals, the parser’s too', () => {
  let store: TestStore
  let server: Awaited<ReturnType<typeof createTestServer>>
  let port: number
  let stopping = false
  beforeAll(async () => {
    store = await openTestStore('sqlite')
    server = await createTestServer(store.dialect, {
      cors: { own: 'https://bells.example.com', allowed: [APP] },
      limits: { headersMs: 300, requestMs: 300, checkMs: 50 },
      stopping: () => stopping,
    })
    await server.app.listen({ port: 0, host: '127.0.0.1' })
    port = (server.app.server.address() as AddressInfo).port
  })
  afterAll(async () => {
    await server.app.close()
    await store.close()
  })

  const answerTo = async (sent: string) => parse(await exchange(port, sent))

  it.each(CASES)('can be read by the page of an allowed origin and by no other: %s', async (_name, sent, status) => {
    const [allowed, foreign] = await Promise.all([answerTo(sent(APP)), answerTo(sent('https://evil.example'))])
    expect({ status: allowed.status, type: allowed.headers.get('content-type') }).toEqual({ status, type: expect.stringContaining('application/problem+json') })
    expect(allowed.headers.get('access-control-allow-origin')).toBe(APP)
    expect(foreign.headers.has('access-control-allow-origin')).toBe(false)
  })

  it('can be read while the hub stops, and its preflight is still answered', async () => {
    stopping = true
    const refused = await answerTo(ask('GET /v1/events', APP, AUTH))
    expect({ status: refused.status, page: refused.headers.get('access-control-allow-origin'), wait: refused.headers.has('retry-after') }).toEqual({
      status: 503,
      page: APP,
      wait: true,
    })
    expect((await answerTo(ask('OPTIONS /v1/events', APP, 'Access-Control-Request-Method: GET\r\n'))).status).toBe(204)
    stopping = false
  })
})
