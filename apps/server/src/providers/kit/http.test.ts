import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import getTLSOptions from 'smtp-server/lib/tls-options.js'
import { afterEach, describe, expect, it } from 'vitest'
import { createOutbound, parseAllowList } from '../../security/outbound.ts'
import { type Hostility, startHostile } from '../testing/hostile.ts'
import { startReceiver } from '../testing/receiver.ts'
import { DeliveryError } from './delivery-error.ts'
import { createHttp, type HttpOptions } from './http.ts'
import { parseRetryAfter, statusError } from './http-errors.ts'

const toClose: { close(): Promise<void> }[] = []
afterEach(async () => {
  for (const one of toClose.splice(0).reverse()) await one.close()
})
function using<T extends { close(): Promise<void> }>(one: T): T {
  toClose.push(one)
  return one
}
const localHttp = (options: HttpOptions = {}) =>
  using(createHttp({ outbound: createOutbound({ allow: parseAllowList('127.0.0.1') }), version: '1.2.3', ...options }))
const receiver = async (...script: Parameters<typeof startReceiver>) => using(await startReceiver(...script))

describe('http, the one door out', () => {
  it('sends JSON with a length, our name, and no wish for compression', async () => {
    const { url, requests } = await receiver({ status: 201, body: { id: 7 }, headers: { 'x-a': 'b' } })
    const answer = await localHttp().request(`${url}/a?b=c`, { json: { text: 'ü' }, headers: { authorization: 'Bearer t' } })
    expect(requests).toMatchObject([{ method: 'POST', path: '/a?b=c', body: '{"text":"ü"}' }])
    expect(requests[0]?.headers).toMatchObject({
      'user-agent': 'Carillon/1.2.3',
      'accept-encoding': 'identity',
      'content-type': 'application/json',
      'content-length': '13',
      authorization: 'Bearer t',
    })
    expect([answer.status, answer.headers['x-a'], answer.json()]).toEqual([201, 'b', { id: 7 }])
  })

  it('sends forms, texts and nothing at all, and reads bodies that are not JSON', async () => {
    const { url, requests } = await receiver({ body: 'ok' })
    const http = localHttp()
    const answer = await http.request(url, { form: { a: '1 & 2', b: 'é' } })
    await http.request(url, { method: 'PUT', body: '<x/>', headers: { 'Content-Type': 'text/xml' } })
    await http.request(url, { method: 'GET' })
    expect([answer.text, answer.json()]).toEqual(['ok', undefined])
    expect(requests.map(({ method, body, headers }) => [method, body, headers['content-type']])).toEqual([
      ['POST', 'a=1+%26+2&b=%C3%A9', 'application/x-www-form-urlencoded'],
      ['PUT', '<x/>', 'text/xml'],
      ['GET', '', undefined],
    ])
  })

  it.each([
    [301, 'misconfigured', 'redirect'],
    [400, 'rejected', 'http_400'],
    [401, 'misconfigured', 'http_401'],
    [403, 'misconfigured', 'http_403'],
    [404, 'unreachable', 'http_404'],
    [408, 'temporary', 'http_408'],
    [410, 'unreachable', 'http_410'],
    [422, 'rejected', 'http_422'],
    [425, 'temporary', 'http_425'],
    [429, 'temporary', 'http_429'],
    [500, 'temporary', 'http_500'],
    [507, 'temporary', 'http_507'],
    [522, 'temporary', 'http_522'],
  ])('reads %i as %s', async (status, failure, code) => {
    const { url } = await receiver(status)
    await expect(localHttp().request(url)).rejects.toMatchObject({ failure, code, status, maybeDelivered: false })
  })

  it('hands back the statuses that a provider asked for', async () => {
    const { url } = await receiver(409)
    const http = localHttp()
    expect(await http.request(url, { accept: [409] })).toMatchObject({ status: 409 })
    expect(await http.request(url, { accept: 'all' })).toMatchObject({ status: 409 })
    await expect(http.request(url, { accept: [404] })).rejects.toMatchObject({ code: 'http_409' })
  })

  it('names scheme and host in its errors, never the path, where vendors keep their secrets', async () => {
    const { url } = await receiver(500)
    const http = localHttp()
    for (const address of [`${url}/s3cret/token?key=s3cret`, 'http://127.0.0.1:1/s3cret', 'http://user:s3cret@127.0.0.1/', 'http://10.0.0.1/s3cret', 's3cret'])
      await expect(http.request(address, { headers: { a: 's3cret' } })).rejects.toSatisfy(
        (e: unknown) => e instanceof DeliveryError && !e.message.includes('s3cret'),
      )
  })

  it.each([
    ['ftp://example.com/', /https:/],
    ['file:///etc/passwd', /https:/],
    ['http://me:pw@example.com/', /own fields/],
    ['not a url', /not a URL/],
    [`https://example.com/${'a'.repeat(8192)}`, /8192/],
  ])('refuses the address %s', async (url, why) => {
    await expect(localHttp().request(url)).rejects.toMatchObject({ failure: 'rejected', code: 'invalid_url', message: expect.stringMatching(why) })
  })

  it('takes a web page for nobody’s yes, unless anybody’s server is asked', async () => {
    const { url, respond } = await receiver()
    const http = localHttp()
    for (const body of ['<!doctype html><p>', '\n <HTML lang="en">', '<!DOCTYPE html PUBLIC "x">', '\ufeff<!doctype html>']) {
      respond({ status: 202, body })
      await expect(http.request(url, { accept: 'all' })).rejects.toMatchObject({
        failure: 'misconfigured',
        code: 'web_page',
        status: 202,
        maybeDelivered: false,
      })
      expect((await http.request(url, { pages: true })).text).toBe(body)
    }
    for (const body of ['', ' ', '<?xml version="1.0"?><prowl/>', '<htmlish>', 'a <html>']) {
      respond({ body })
      expect((await http.request(url)).text).toBe(body)
    }
    respond({ status: 502, body: '<html>Bad gateway' })
    await expect(http.request(url)).rejects.toMatchObject({ failure: 'temporary', code: 'http_502' })
  })

  it('knows a web page whose first piece is short', async () => {
    const { url } = using(await startHostile('pageInPieces'))
    await expect(localHttp().request(url)).rejects.toMatchObject({ code: 'web_page' })
  })

  it('refuses a header that would begin another one', async () => {
    const { url, requests } = await receiver()
    await expect(localHttp().request(url, { headers: { 'x-a': 'b\r\nx-evil: 1' } })).rejects.toMatchObject({ failure: 'rejected', code: 'invalid_request' })
    expect(requests).toEqual([])
  })

  it('connects to nothing private that was not allowed, and says what to add', async () => {
    const { url, port, connections } = await receiver()
    const http = using(createHttp())
    await expect(http.request(url)).rejects.toMatchObject({
      failure: 'rejected',
      scope: 'message',
      code: 'address_not_allowed',
      message: `127.0.0.1:${port} is a private address; add "127.0.0.1:${port}" to CARILLON_OUTBOUND_ALLOW to allow it`,
    })
    await expect(http.dial({ host: 'localhost', port: 25 })).rejects.toMatchObject({ code: 'address_not_allowed' })
    expect(connections()).toBe(0)
  })

  it('says when a name does not resolve and when nobody listens, and that nothing was sent', async () => {
    const lookup = (_host: string, done: (e: Error, a: []) => void) => done(Object.assign(new Error('no'), { code: 'ENOTFOUND' }), [])
    const lost = localHttp({ outbound: createOutbound({ lookup }) })
    await expect(lost.request('https://no.such.example/')).rejects.toMatchObject({ failure: 'temporary', code: 'dns', maybeDelivered: false })
    const closed = await startReceiver()
    await closed.close()
    await expect(localHttp().request(closed.url)).rejects.toMatchObject({ failure: 'temporary', code: 'refused', maybeDelivered: false })
  })

  it('calls a certificate that it cannot trust a wrong setting', async () => {
    const server = createServer(getTLSOptions(), (_request, response) => response.end())
    await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready))
    toClose.push({ close: () => new Promise((closed) => server.close(() => closed())) })
    const { port } = server.address() as AddressInfo
    await expect(localHttp().request(`https://127.0.0.1:${port}/`)).rejects.toMatchObject({ failure: 'misconfigured', code: 'tls' })
    const plain = await receiver()
    await expect(localHttp().request(`https://127.0.0.1:${plain.port}/`)).rejects.toMatchObject({
      failure: 'misconfigured',
      code: 'tls',
      message: expect.stringContaining('does not speak TLS on this port; begin the address with http://'),
    })
  })

  it('knows a server for TLS that was called without, whether it says so or not', async () => {
    const secure = createServer(getTLSOptions(), (_request, response) => response.end())
    await new Promise<void>((ready) => secure.listen(0, '127.0.0.1', ready))
    toClose.push({ close: () => new Promise((closed) => secure.close(() => closed())) })
    const { port } = secure.address() as AddressInfo
    await expect(localHttp().request(`http://127.0.0.1:${port}/`)).rejects.toMatchObject({ code: expect.stringMatching(/bad_answer|reset/) })
    const { url } = await receiver({ status: 400, body: '<html><h1>400 Bad Request</h1>The plain HTTP request was sent to HTTPS port</html>' })
    for (const accept of ['all', undefined] as const)
      await expect(localHttp().request(url, accept === undefined ? {} : { accept })).rejects.toMatchObject({
        failure: 'misconfigured',
        code: 'tls',
        message: expect.stringContaining('begin the address with https://'),
      })
  })

  it('does not let a request that waited too long for a connection go out afterwards', async () => {
    let answer = () => {}
    const { url, requests } = await receiver(({ path }) => (path === '/first' ? new Promise((resolve) => (answer = () => resolve(200))) : 200))
    const http = localHttp({ connections: 1 })
    const first = http.request(`${url}/first`)
    await expect.poll(() => requests.length).toBe(1)
    await expect(http.request(`${url}/late`, { deadlineMs: 50 })).rejects.toMatchObject({ code: 'timeout', maybeDelivered: false })
    answer()
    await first
    await http.request(`${url}/next`)
    expect(requests.map(({ path }) => path)).toEqual(['/first', '/next'])
  })
})

describe('hostile receivers', () => {
  const meet = async (behaviour: Hostility) => {
    const server = using(await startHostile(behaviour))
    const outcome = await localHttp({ deadlineMs: 400 })
      .request(server.url, { json: { a: 1 } })
      .then(
        ({ status, text }) => ({ status, length: text.length }),
        ({ failure, code, maybeDelivered }: DeliveryError) => ({ failure, code, maybeDelivered }),
      )
    return { server, outcome }
  }

  it.each<[Hostility, object]>([
    ['stall', { failure: 'temporary', code: 'timeout', maybeDelivered: true }],
    ['dripHeaders', { failure: 'temporary', code: 'timeout', maybeDelivered: true }],
    ['garbage', { failure: 'temporary', code: 'bad_answer', maybeDelivered: true }],
    ['redirectPrivate', { failure: 'misconfigured', code: 'redirect', maybeDelivered: false }],
    ['redirectFile', { failure: 'misconfigured', code: 'redirect', maybeDelivered: false }],
    ['reset', { failure: 'temporary', code: 'reset', maybeDelivered: true }],
    ['halfClosed', { failure: 'temporary', code: 'reset', maybeDelivered: true }],
    ['resetAfterError', { failure: 'temporary', code: 'http_503', maybeDelivered: false }],
    ['hugeHeaders', { failure: 'temporary', code: 'bad_answer', maybeDelivered: true }],
    ['manyHeaders', { failure: 'temporary', code: 'bad_answer', maybeDelivered: true }],
    // The status came, so the vendor has it: whatever the body does, a second message would be a double.
    ['resetAfterHeaders', { status: 200, length: 4 }],
    ['invalidChunk', { status: 200, length: 0 }],
    ['earlyHints', { status: 200, length: 2 }],
    ['flood', { status: 200, length: 65_536 }],
    ['gigabyte', { status: 200, length: 65_536 }],
    ['wrongCharset', { status: 200, length: 3 }],
  ])('%s', async (behaviour, expected) => {
    const { server, outcome } = await meet(behaviour)
    expect(outcome).toEqual(expected)
    expect(server.requests()).toBe(1)
  })

  it('keeps the first bytes of a body that drips, and never waits past the deadline', async () => {
    const { outcome } = await meet('drip')
    expect(outcome).toMatchObject({ status: 200 })
  })

  it('does not unpack a bomb', async () => {
    const { outcome } = await meet('gzipBomb')
    expect(outcome).toMatchObject({ status: 200 })
    expect('length' in outcome && outcome.length).toBeLessThan(65_537)
  })

  it('hangs up on a gigabyte after a few chunks, so memory stays flat', async () => {
    const { server } = await meet('gigabyte')
    // What the two kernels buffer is all that can follow the 64 KiB that were read.
    expect(server.poured()).toBeLessThan(64 * 1024 * 1024)
  })
})

describe('Retry-After', () => {
  const now = Date.parse('2026-11-20T10:00:00Z')
  it.each<[string | undefined, number | undefined]>([
    ['5', 5_000],
    ['0.5', 1_000],
    ['1.5', 1_500],
    ['0', 1_000],
    ['-1', 1_000],
    ['315360000', 86_400_000],
    ['Fri, 20 Nov 2026 10:01:00 GMT', 60_000],
    ['Fri, 20 Nov 2020 10:01:00 GMT', 1_000],
    ['Sun, 20 Nov 2036 10:01:00 GMT', 86_400_000],
    ['Fri Nov 20 10:01:00 2026', 60_000],
    ['soon', undefined],
    ['', undefined],
    ['12 parsecs', undefined],
    ['30s', 30_000],
    ['1.5 seconds', 1_500],
    ['"7"', 7_000],
    ['5, 20', 20_000],
    ['5, soon', undefined],
    ['2026-11-20T10:01:00Z', 60_000],
    [`${Date.parse('2026-11-20T10:01:00Z') / 1000}`, 60_000],
    [`${Date.parse('2026-11-20T10:01:00Z')}`, 60_000],
    [undefined, undefined],
  ])('%j is %j ms', (value, ms) => expect(parseRetryAfter(value, now)).toBe(ms))

  const inAMinute = now / 1000 + 60
  it.each<[headers: Record<string, string>, of429: number | undefined, of503: number | undefined]>([
    [{ 'retry-after-ms': '1500' }, 1_500, 1_500],
    [{ 'x-ms-retry-after-ms': '30000' }, 30_000, 30_000],
    [{ 'x-retry-after': '12' }, 12_000, 12_000],
    [{ 'x-ratelimit-reset-after': '1.25' }, 1_250, undefined],
    [{ 'ratelimit-reset': '40' }, 40_000, undefined],
    [{ 'x-ratelimit-reset': `${inAMinute}` }, 60_000, undefined],
    [{ 'x-ratelimit-reset': `${inAMinute * 1000}` }, 60_000, undefined],
    [{ 'x-rate-limit-reset': '9' }, 9_000, undefined],
    [{ 'retry-after': '3', 'x-ratelimit-reset': '900' }, 3_000, 3_000],
    [{ 'x-ratelimit-reset': 'soon' }, undefined, undefined],
  ])('may have another name: %j', (headers, of429, of503) => {
    const wait = (status: number) => statusError('https://x.example', { status, headers }, now).retryAfterMs
    expect([wait(429), wait(503)]).toEqual([of429, of503])
  })
})
