import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { engines } from '../setup/engines.ts'
import { rowCounts } from './tables.ts'
import { openWorld, type World } from './world.ts'

const good = { type: 'order.shipped', to: ['ann'], data: { orderId: 7 } }
const nested = (levels: number): unknown => (levels === 0 ? 1 : { a: nested(levels - 1) })
const member = (text: string): string => `{"type":"order.shipped","to":["ann"],${text}}`
const deep = `/data${'/a'.repeat(31)}`

/** A request, and the parts that the refusal must have: status, code, pointer of the first error, and the limit. */
type Case = [name: string, request: string, body: unknown, status: number, code: string, pointer: string | undefined, limit?: string]

const EVENTS: Case[] = (
  [
    ['broken JSON', '{"type":', 400, 'invalid_json', undefined],
    ['no object', '[]', 400, 'invalid_request', ''],
    ['no body', '', 400, 'invalid_request', ''],
    ['a wrong type', { ...good, type: 5 }, 400, 'invalid_request', '/type'],
    ['a text where a list belongs', { ...good, to: 'ann' }, 400, 'invalid_request', '/to'],
    ['a number as text', { ...good, data: { orderId: '7' } }, 422, 'invalid_data', '/data/orderId'],
    ['an unknown field', { ...good, dta: {} }, 400, 'invalid_request', '/dta'],
    ['an unknown field of a recipient', { ...good, to: [{ user: 'ann', mail: 'x' }] }, 400, 'invalid_request', '/to/0/mail'],
    ['an unknown event type', { ...good, type: 'nothing.known' }, 422, 'unknown_event_type', '/type'],
    ['a missing data field', { ...good, data: {} }, 422, 'invalid_data', '/data/orderId'],
    ['an unknown data field', { ...good, data: { orderId: 7, 'a/b': 1 } }, 422, 'invalid_data', '/data/a~1b'],
    ['1 MiB + 1', Buffer.alloc(1024 * 1024 + 1, ' '), 413, 'body_too_large', '', '1048576'],
    ['depth 33', member(`"data":${JSON.stringify(nested(32))}`), 400, 'invalid_json', deep, '32'],
    ['a text of 256 KiB + 1', member(`"data":{"a":"${'x'.repeat(256 * 1024 + 1)}"}`), 400, 'invalid_json', '/data/a', '262144'],
    ['a repeated key', member('"data":{"orderId":1,"orderId":2}'), 400, 'invalid_json', '/data/orderId'],
    ['a key repeated by an escape', member('"data":{"orderId":1,"order\\u0049d":2}'), 400, 'invalid_json', '/data/orderId'],
    ['NUL', member('"data":{"a":"\\u0000"}'), 400, 'invalid_json', '/data/a'],
    ['a lone surrogate', member('"data":{"a":"\\ud800"}'), 400, 'invalid_json', '/data/a'],
    ['__proto__', member('"data":{"__proto__":{"admin":true}}'), 400, 'invalid_json', '/data/__proto__'],
    ['a number that would be rounded', member('"data":{"orderId":9007199254740993}'), 400, 'invalid_json', '/data/orderId', '9007199254740991'],
    ['bytes that are no UTF-8', Buffer.from('{"type":"\xff"}', 'latin1'), 400, 'invalid_json', ''],
    ['1,001 recipients', { ...good, to: Array.from({ length: 1001 }, (_, i) => `u${i}`) }, 422, 'invalid_field', '/to', '1000'],
    ['an unknown topic', { ...good, to: [{ topic: 'nowhere' }] }, 422, 'unknown_topic', '/to/0/topic'],
    ['an unknown channel', { ...good, channels: ['pigeon'] }, 422, 'invalid_field', '/channels/0'],
    ['an unknown time zone', { ...good, to: [{ user: 'ann', timezone: 'Mars/Olympus' }] }, 422, 'invalid_field', '/to/0/timezone'],
    ['an unknown locale', { ...good, to: [{ user: 'ann', locale: 'english please' }] }, 422, 'invalid_field', '/to/0/locale'],
    ['a date without offset', { ...good, sendAt: '2026-05-01T08:00:00' }, 422, 'invalid_field', '/sendAt'],
    ['a day that does not exist', { ...good, expiresAt: '2026-02-30T08:00:00Z' }, 422, 'invalid_field', '/expiresAt'],
    ['an end that is over', { ...good, expiresAt: '2001-01-01T00:00:00Z' }, 422, 'invalid_field', '/expiresAt'],
    ['an end before the beginning', { ...good, sendAt: '2030-05-02T00:00:00Z', expiresAt: '2030-05-01T00:00:00Z' }, 422, 'invalid_field', '/expiresAt'],
    ['CR/LF in a name', { ...good, to: [{ user: 'ann', name: 'Ann\r\nBcc: x@y.z' }] }, 422, 'invalid_field', '/to/0/name'],
    ['CR/LF in an address', { ...good, to: [{ email: 'a@b.cc\r\nBcc: x@y.z' }] }, 422, 'invalid_field', '/to/0/email'],
    ['two addresses in one', { ...good, to: [{ email: 'a@b.cc,c@d.ee' }] }, 422, 'invalid_field', '/to/0/email'],
    ['CR/LF in a tag', { ...good, tags: ['a\r\nb'] }, 422, 'invalid_field', '/tags/0'],
    ['CR/LF in a dedup key', { ...good, dedupKey: 'a\nb' }, 422, 'invalid_field', '/dedupKey'],
    ['a long dedup key', { ...good, dedupKey: 'x'.repeat(257) }, 422, 'invalid_field', '/dedupKey', '256'],
    ['a link that runs', { ...good, url: 'javascript:alert(1)' }, 422, 'invalid_field', '/url'],
  ] as const
).map(([name, body, ...rest]) => [name, 'POST /v1/events', body, ...rest] as Case)

const ELSEWHERE: Case[] = [
  ['1,001 events in a batch', 'POST /v1/events/batch', { events: Array.from({ length: 1001 }, () => good) }, 422, 'invalid_field', '/events', '1000'],
  ['a message to nobody', 'POST /v1/notifications', { to: [], title: 'a', body: '' }, 422, 'invalid_field', '/to', '1'],
  ['CR/LF in a title', 'POST /v1/notifications', { to: ['ann'], title: 'a\r\nb', body: '' }, 422, 'invalid_field', '/title'],
  [
    'CR/LF in a sender',
    'POST /v1/connections',
    { provider: 'smtp', name: 'Mail', personal: true, settings: { host: '127.0.0.1', port: 25, security: 'none', from: 'a@b.cc\r\nBcc: x@y.z' } },
    422,
    'invalid_field',
    '/settings/from',
  ],
  ['an unknown time zone of a user', 'PUT /v1/users/ann', { timezone: 'EST' }, 422, 'invalid_field', '/timezone'],
  ['a user id of two lines', 'PUT /v1/users/a%0Ab', {}, 422, 'invalid_field', '/path/id'],
  ['a repeated user', 'POST /v1/users/batch', { users: [{ id: 'a' }, { id: 'b' }, { id: 'a' }] }, 422, 'invalid_field', '/users/2/id'],
  ['1,001 users', 'POST /v1/users/batch', { users: Array.from({ length: 1001 }, (_, i) => ({ id: `u${i}` })) }, 422, 'invalid_field', '/users', '1000'],
  ['1,001 subscribers', 'POST /v1/topics/team/subscribers', { add: Array.from({ length: 1001 }, (_, i) => `u${i}`) }, 422, 'invalid_field', '/add', '1000'],
  [
    'a template that cannot work',
    'PUT /v1/event-types/broken',
    { templates: { default: { title: '{{ data.x' } } },
    422,
    'invalid_field',
    '/templates/default/title',
  ],
  ['a scope that nobody knows', 'POST /v1/keys', { name: 'x', scopes: ['everything'] }, 422, 'invalid_field', '/scopes/0'],
  ['a limit too high', 'GET /v1/users?limit=201', undefined, 422, 'invalid_field', '/query/limit', '200'],
  ['a cursor of one’s imagination', 'GET /v1/users?cursor=***', undefined, 422, 'invalid_field', '/query/cursor'],
  ['an unknown question', 'GET /v1/users?page=2', undefined, 400, 'invalid_request', '/query/page'],
]

describe.each(engines)('bad input over real HTTP (%s)', (engine) => {
  let world: World
  beforeAll(async () => {
    world = await openWorld(engine)
    const schema = { type: 'object', required: ['orderId'], additionalProperties: false, properties: { orderId: { type: 'integer' }, a: {} } }
    await world.client().eventTypes.put('order.shipped', { schema })
    await world.client().topics.put('team')
  })
  afterAll(async () => {
    await world.atRest()
    await world.stop()
  })

  async function ask(request: string, body: unknown, headers: Record<string, string> = {}) {
    const [method = '', path = ''] = request.split(' ')
    const sent = body === undefined ? {} : { body: typeof body === 'string' || Buffer.isBuffer(body) ? body : JSON.stringify(body) }
    const answer = await fetch(world.address + path, {
      method,
      headers: { authorization: `Bearer ${world.rootKey}`, 'content-type': 'application/json', ...headers },
      ...sent,
    })
    return { status: answer.status, type: answer.headers.get('content-type'), text: await answer.text() }
  }

  it.each([...EVENTS, ...ELSEWHERE])('%s (%s)', async (_name, request, body, status, code, pointer, limit = '') => {
    const before = await rowCounts(world)
    const { text, type, ...answer } = await ask(request, body)
    const problem: { code: string; status: number; errors: { pointer: string }[] } = JSON.parse(text)
    expect({ status: answer.status, code: problem.code, pointer: problem.errors[0]?.pointer }).toEqual({ status, code, pointer })
    expect([type, problem.status]).toEqual([expect.stringContaining('application/problem+json'), status])
    expect(text).toContain(limit)
    expect(await rowCounts(world), 'nothing is stored').toEqual(before)
    expect((await ask('POST /v1/explain', good)).status, 'the next request').toBe(200)
  })

  it('a used idempotency key with another body', async () => {
    const headers = { 'idempotency-key': 'used' }
    const first = await ask('POST /v1/events', good, headers)
    const before = await rowCounts(world)
    const other = await ask('POST /v1/events', { ...good, to: ['bob'] }, headers)
    expect([other.status, JSON.parse(other.text)]).toMatchObject([422, { code: 'idempotency_mismatch', errors: [{ pointer: '/header/idempotency-key' }] }])
    expect(await ask('POST /v1/events', good, headers)).toEqual(first)
    expect((await rowCounts(world))['events']).toBe(before['events'])
  })

  it('attempted prototype pollution changed no object of the process', () => {
    expect(Object.keys(Object.prototype)).toEqual([])
    expect('admin' in {}).toBe(false)
  })
})
