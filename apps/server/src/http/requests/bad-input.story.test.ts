import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { engines, openTestStore, type TestStore } from '../../../test/setup/engines.ts'
import { createTestServer } from '../../app/testing/server.ts'

const good = { type: 'order.shipped', to: ['ann'], data: { orderId: 7 } }
const nested = (levels: number): unknown => (levels === 0 ? 1 : { a: nested(levels - 1) })
const raw = (member: string): string => `{"type":"order.shipped","to":["ann"],${member}}`

/** What is sent to POST /v1/events, and what the answer must name. */
const CASES: [name: string, body: unknown, status: number, code: string, pointer: string | undefined, limit?: string][] = [
  ['broken JSON', '{"type":', 400, 'invalid_json', undefined],
  ['a body that is no object', '[]', 400, 'invalid_request', ''],
  ['no body', '', 400, 'invalid_request', ''],
  ['a wrong type', { ...good, type: 5 }, 400, 'invalid_request', '/type'],
  ['a text where a list belongs', { ...good, to: 'ann' }, 400, 'invalid_request', '/to'],
  ['a missing field', { to: ['ann'] }, 400, 'invalid_request', '/type'],
  ['an unknown field', { ...good, dta: {} }, 400, 'invalid_request', '/dta'],
  ['an unknown field of a recipient', { ...good, to: [{ user: 'ann', mail: 'x' }] }, 400, 'invalid_request', '/to/0/mail'],
  ['1,001 recipients', { ...good, to: Array.from({ length: 1001 }, (_, i) => `u${i}`) }, 422, 'invalid_field', '/to', '1000'],
  ['an unknown event type', { ...good, type: 'nothing.known' }, 422, 'unknown_event_type', '/type'],
  ['an unknown severity', { ...good, severity: 'loud' }, 422, 'invalid_field', '/severity', 'warning'],
  ['depth 33', raw(`"data":${JSON.stringify(nested(32))}`), 400, 'invalid_json', `/data${'/a'.repeat(31)}`, '32'],
  ['a repeated key', raw('"data":{"a":1,"a":2}'), 400, 'invalid_json', '/data/a'],
  ['NUL', raw('"data":{"a":"\\u0000"}'), 400, 'invalid_json', '/data/a'],
  ['half a surrogate pair', raw('"data":{"a":"\\udc00"}'), 400, 'invalid_json', '/data/a'],
  ['__proto__', raw('"data":{"__proto__":{"x":1}}'), 400, 'invalid_json', '/data/__proto__'],
  ['a number that would be rounded', raw('"data":{"n":9007199254740993}'), 400, 'invalid_json', '/data/n', '9007199254740991'],
  ['bytes that are no UTF-8', Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]), 400, 'invalid_json', ''],
  ['1 MiB + 1', Buffer.alloc(1024 * 1024 + 1, ' '), 413, 'body_too_large', '', '1048576'],
  ['an unknown time zone', { ...good, to: [{ user: 'ann', timezone: 'EST' }] }, 422, 'invalid_field', '/to/0/timezone'],
  ['an unknown locale', { ...good, to: [{ user: 'ann', locale: 'english please' }] }, 422, 'invalid_field', '/to/0/locale'],
  ['a date without offset', { ...good, sendAt: '2026-05-01T08:00:00' }, 422, 'invalid_field', '/sendAt'],
  ['a day that does not exist', { ...good, expiresAt: '2026-02-30T08:00:00Z' }, 422, 'invalid_field', '/expiresAt'],
  ['CR/LF in a name', { ...good, to: [{ user: 'ann', name: 'Ann\r\nBcc: x@y.z' }] }, 422, 'invalid_field', '/to/0/name'],
  ['CR/LF in an address', { ...good, to: [{ email: 'a@b.cc\r\nBcc: x@y.z' }] }, 422, 'invalid_field', '/to/0/email'],
  ['CR/LF in a dedup key', { ...good, dedupKey: 'a\nb' }, 422, 'invalid_field', '/dedupKey'],
  ['a long dedup key', { ...good, dedupKey: 'x'.repeat(257) }, 422, 'invalid_field', '/dedupKey', '256'],
  ['a link that runs', { ...good, url: 'javascript:alert(1)' }, 422, 'invalid_field', '/url'],
  ['a user id of an address', { ...good, to: ['adr_1'] }, 422, 'invalid_field', '/to/0'],
]

describe.each(engines)('bad input (%s)', (engine) => {
  let store: TestStore
  let server: Awaited<ReturnType<typeof createTestServer>>
  beforeAll(async () => {
    store = await openTestStore(engine)
    server = await createTestServer(store.dialect)
  })
  afterAll(async () => {
    await server.app.close()
    await store.close()
  })

  it.each(CASES)('%s', async (_name, body, status, code, pointer, limit = '') => {
    const before = server.reports.length
    const answer = await server.call('POST', '/v1/events', body)
    expect(answer.headers['content-type']).toContain('application/problem+json')
    expect(answer.body).toMatchObject({ status, code })
    expect(answer.status).toBe(status)
    expect(answer.body.errors[0]?.pointer).toBe(pointer)
    expect(JSON.stringify(answer.body)).toContain(limit)
    expect(server.reports.length).toBe(before)
    expect((await server.call('POST', '/v1/events', good)).status).toBe(202)
  })

  it('1,001 events in a batch', async () => {
    const { status, body } = await server.call('POST', '/v1/events/batch', {
      events: Array.from({ length: 1001 }, () => ({ type: 'order.shipped', to: ['a'] })),
    })
    expect({ status, error: body.errors[0] }).toEqual({ status: 422, error: { pointer: '/events', message: 'has more entries than the limit of 1000' } })
  })

  it('CR/LF in the title of a message', async () => {
    const { status, body } = await server.call('POST', '/v1/notifications', { to: ['ann'], title: 'a\r\nb', body: 'x' })
    expect({ status, pointer: body.errors[0].pointer }).toEqual({ status: 422, pointer: '/title' })
  })

  it('a used idempotency key with another body', async () => {
    const headers = { 'idempotency-key': 'k1' }
    const first = await server.call('POST', '/v1/events', good, { headers })
    const again = await server.call('POST', '/v1/events', good, { headers })
    expect([again.status, again.body, again.headers['idempotency-replayed']]).toEqual([202, first.body, 'true'])
    expect(await server.call('POST', '/v1/events', { ...good, data: {} }, { headers })).toMatchObject({ status: 422, body: { code: 'idempotency_mismatch' } })
  })

  it('a wrong content type, method or path', async () => {
    const headers = { 'content-type': 'text/plain' }
    expect(await server.call('POST', '/v1/events', 'x', { headers })).toMatchObject({ status: 415, body: { code: 'unsupported_media_type' } })
    const wrongMethod = await server.call('PUT', '/v1/events', {})
    expect([wrongMethod.status, wrongMethod.headers['allow'], wrongMethod.body.code]).toEqual([405, 'POST, GET', 'method_not_allowed'])
    expect(await server.call('GET', '/v1/nothing')).toMatchObject({ status: 404, body: { code: 'not_found' } })
    expect((await server.call('GET', '/v1/users/%zz')).status).toBe(400)
    expect(await server.call('GET', '/v1/connections/%00')).toMatchObject({ status: 400, body: { code: 'invalid_request' } })
    expect(await server.call('GET', '/v1/deliveries?event=%00')).toMatchObject({ status: 400, body: { code: 'invalid_request' } })
  })

  it('an invented cursor, a limit too high, an unknown query parameter', async () => {
    expect((await server.call('GET', '/v1/users?cursor=***')).body.errors[0].pointer).toBe('/query/cursor')
    const withNul = await server.call('GET', `/v1/users?cursor=${Buffer.from('a\0b').toString('base64url')}`)
    expect([withNul.status, withNul.body.errors[0]?.pointer]).toEqual([422, '/query/cursor'])
    expect((await server.call('GET', '/v1/users?limit=201')).body.errors[0]).toEqual({ pointer: '/query/limit', message: 'is above the limit of 200' })
    expect((await server.call('GET', '/v1/users?page=2')).body.errors[0].pointer).toBe('/query/page')
  })
})
