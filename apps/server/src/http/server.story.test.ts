import { createHash } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openTestStore, type TestStore } from '../../test/setup/engines.ts'
import { createTestServer } from '../app/testing/server.ts'
import { newId } from '../domain/id.ts'
import { type GivenDelivery, insertDelivery } from '../storage/testing/rows.ts'
import { ROUTE_WORDS } from './pages/route-words.ts'

const report = {
  type: 'order.shipped',
  to: ['ann', { topic: 'team' }, { user: 'bob', name: 'Bob' }, { email: 'x@example.com' }, { all: true }],
  sendAt: '2026-05-01T08:00:00+02:00',
}

describe('HTTP server', () => {
  let store: TestStore
  let server: Awaited<ReturnType<typeof createTestServer>>
  const open = async (overrides: Parameters<typeof createTestServer>[1] = {}) => createTestServer(store.dialect, overrides)
  beforeAll(async () => {
    store = await openTestStore('sqlite')
    server = await open()
  })
  afterAll(async () => {
    await server.app.close()
    await store.close()
  })

  it('passes a report on to the pipeline', async () => {
    const { status, body, headers } = await server.call('POST', '/v1/events', report)
    expect({ status, id: body.id }).toEqual({ status: 202, id: expect.stringMatching(/^evt_/) })
    expect(headers).toMatchObject({ 'x-content-type-options': 'nosniff', 'cache-control': 'no-store' })
    expect(server.reports.at(-1)).toEqual({
      type: 'order.shipped',
      to: [
        { kind: 'user', id: 'ann' },
        { kind: 'topic', key: 'team' },
        { kind: 'user', id: 'bob', profile: { name: 'Bob' } },
        { kind: 'address', email: 'x@example.com' },
        { kind: 'all' },
      ],
      data: {},
      sendAt: Date.UTC(2026, 4, 1, 6),
      reporter: 'key:root',
    })
  })

  it('turns a message into an event, and answers a batch item by item', async () => {
    expect((await server.call('POST', '/v1/notifications', { to: ['ann'], title: 'Hi', body: 'there' })).status).toBe(202)
    expect(server.reports.at(-1)).toMatchObject({ type: 'message', data: { title: 'Hi', body: 'there' } })
    const { body } = await server.call('POST', '/v1/events/batch', { events: [report, report] })
    expect(body.items).toEqual([{ id: expect.any(String) }, { error: expect.objectContaining({ code: 'unknown_event_type', status: 422 }) }])
  })

  it('explains with ids for recipients that are not users', async () => {
    const { body } = await server.call('POST', '/v1/explain', report)
    expect(body).toEqual({
      eventId: null,
      items: [{ user: 'ann', channel: 'email', decision: 'skip', reason: 'no_destination', detail: null, at: '1970-01-01T00:00:00.000Z' }],
      nextCursor: null,
    })
  })

  it('does not start with a route that does not say who may call it', async () => {
    const route = { schema: { response: {} } }
    const add = (config?: object) => open({ plugins: [(app) => void app.get('/v1/forgotten', { ...route, ...(config && { config }) }, async () => null)] })
    await expect(add()).rejects.toThrow('GET /v1/forgotten must say who may call it')
    await expect(add({ scope: 'read', public: true })).rejects.toThrow('GET /v1/forgotten must say who may call it')
    const { app, call } = await add({ scope: 'read' })
    expect((await call('GET', '/v1/forgotten', undefined, { key: 'nobody' })).status).toBe(401)
    await app.close()
  })

  it('describes itself in OpenAPI 3.1, with names for the shared schemas', async () => {
    const { status, body } = await server.call('GET', '/openapi.json', undefined, { key: 'nobody' })
    expect({ status, version: body.openapi }).toEqual({ status: 200, version: '3.1.1' })
    expect(Object.keys(body.components.schemas)).toEqual(expect.arrayContaining(['EventReport', 'Recipient', 'Problem', 'Connection']))
    expect(body.paths['/v1/events'].post.requestBody.content['application/json'].schema).toEqual({ $ref: '#/components/schemas/EventReport' })
    const references = [...JSON.stringify(body).matchAll(/"\$ref":"([^"]+)"/g)].map(([, target]) => target!)
    for (const target of references) expect(body.components.schemas).toHaveProperty([target.replace('#/components/schemas/', '')])
    expect(JSON.stringify(body)).not.toContain('nullable')
  })

  it('serves /docs without scripts and without other sites', async () => {
    const { body, headers } = await server.call('GET', '/docs', undefined, { key: 'nobody' })
    expect(headers['content-security-policy']).toContain("default-src 'none'")
    expect(body).not.toMatch(/<script|<img|<link|url\(|@import/i)
    for (const wanted of ['/v1/events', 'id="error-overloaded"', 'id="schema-EventReport"', 'id="tag-event-types"']) expect(body).toContain(wanted)
    const ids = Object.values(ROUTE_WORDS).map(({ id }) => id)
    for (const id of ids) expect(body).toContain(`<details id="${id}">`)
    expect(body.match(/<pre>curl -sS /g)).toHaveLength(ids.length)
    expect(body).toContain(
      "<pre>curl -sS -X PUT &quot;$HUB/v1/topics/team-a&quot; -H &quot;Authorization: Bearer $KEY&quot; -H 'Content-Type: application/json' -d '{&quot;name&quot;:&quot;Team A&quot;}'</pre>",
    )
    expect(body.match(/<pre>curl[^<]*(\{\w+\}|undefined)/)).toBeNull()
    // A URL as it is pasted is one that the hub reads.
    for (const [, url] of body.matchAll(/<pre>curl[^<]*&quot;\$HUB([^&]*)&quot;/g)) expect(url).toMatch(/^[\x21-\x7e]+$/)
    const targets = [...body.matchAll(/href="#([^"]+)"/g)].map(([, target]) => target)
    expect(targets.length).toBeGreaterThan(100)
    expect(targets.filter((target) => !body.includes(`id="${target}"`))).toEqual([])
    expect(body).not.toContain('&quot;#/components')
    expect(body).toContain('<li><code>limit</code> (query, optional): integer, 1-200</li>')
  })

  it('serves a page at / to people, with the policy of /docs, and 404 to programs', async () => {
    const named = await open({ about: { name: '<b>Bells & co', version: '1.2.3' } })
    const get = (accept?: string, key = 'nobody') => named.call('GET', '/', undefined, { key, ...(accept !== undefined && { headers: { accept } }) })
    const browser = 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8'
    for (const accept of [undefined, browser, '*/*', 'text/html, application/json;q=0.5', '']) {
      const { status, headers, body } = await get(accept)
      expect({ accept, status, type: headers['content-type'] }).toEqual({ accept, status: 200, type: 'text/html; charset=utf-8' })
      expect(headers).toMatchObject({ 'x-content-type-options': 'nosniff', 'referrer-policy': 'no-referrer', vary: 'Accept, Origin' })
      expect(headers['content-security-policy']).toBe((await named.call('GET', '/docs')).headers['content-security-policy'])
      expect(body).toContain('<h1>&lt;b&gt;Bells &amp; co</h1>')
      expect(body).toContain('Ask whoever runs this hub')
      expect(body).toContain('1.2.3')
      const links = [...body.matchAll(/href="([^"]+)"/g)].map(([, link]) => link)
      expect(links).toEqual(['/docs', '/openapi.json', '/health/ready'])
      for (const link of links) expect((await named.call('GET', link, undefined, { key: 'nobody' })).status, link).toBe(200)
      expect(body).not.toMatch(/<script|<img|<link|url\(|@import|<form/i)
    }
    for (const accept of ['application/json', 'application/problem+json', 'application/vnd.api+json, */*;q=0.1'])
      expect(await get(accept), accept).toMatchObject({ status: 404, body: { code: 'not_found' }, headers: { 'content-type': 'application/problem+json' } })
    await named.app.close()
  })

  it('every page fits its policy: the one style that it has is the one that is allowed', async () => {
    for (const path of ['/', '/docs']) {
      const { body, headers } = await server.call('GET', path)
      const styles = [...body.matchAll(/<style>([^<]*)<\/style>/g)].map(([, style]) => createHash('sha256').update(style!).digest('base64'))
      expect(headers['content-security-policy'], path).toBe(
        `default-src 'none'; style-src 'sha256-${styles.join()}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`,
      )
      expect(body, path).not.toMatch(/ style=|<[^>]+ on[a-z]+=/)
    }
  })

  it('answers /health/live and /health/ready', async () => {
    const all = async () => ({ status: 'failing' as const, version: '0', engine: 'sqlite' as const, checks: [], issues: [] })
    const failing = await open({ health: { all, ready: async () => 'failing' } })
    expect((await failing.call('GET', '/health/live', undefined, { key: 'nobody' })).status).toBe(200)
    expect(await failing.call('GET', '/health/ready', undefined, { key: 'nobody' })).toMatchObject({ status: 503, body: { status: 'failing' } })
    // Ready, with no connection yet.
    expect(await server.call('GET', '/health/ready', undefined, { key: 'nobody' })).toMatchObject({ status: 200, body: { status: 'warning' } })
    await failing.app.close()
  })

  it('answers 503 with Retry-After while stopping', async () => {
    const stopping = await open({ stopping: () => true })
    const answer = await stopping.call('POST', '/v1/events', report)
    expect(answer).toMatchObject({ status: 503, headers: { 'retry-after': '5', connection: 'close' }, body: { code: 'stopping' } })
    expect((await stopping.call('GET', '/health/live')).status).toBe(200)
    await stopping.app.close()
  })

  it('hides the cause of an internal error', async () => {
    const broken = await open({ health: { all: () => Promise.reject(new Error('password is hunter2')), ready: async () => 'ok' } })
    const { status, body } = await broken.call('GET', '/v1/health')
    expect({ status, code: body.code }).toEqual({ status: 500, code: 'internal' })
    expect(JSON.stringify(body)).not.toContain('hunter2')
    await broken.app.close()
  })

  it('authenticates the routes of other parts like its own', async () => {
    const more = await open({ plugins: [(app) => void app.get('/v1/extra', { config: { scope: 'read' } }, async () => ({ extra: true }))] })
    expect(await more.app.inject('/v1/extra')).toMatchObject({ statusCode: 401, headers: { 'www-authenticate': 'Bearer' } })
    expect((await more.call('GET', '/v1/extra')).body).toEqual({ extra: true })
    await more.app.close()
  })
})

describe('deliveries', () => {
  let store: TestStore
  let server: Awaited<ReturnType<typeof createTestServer>>
  let woken = 0
  beforeAll(async () => {
    store = await openTestStore('sqlite')
    const { pipeline } = (await import('../app/testing/server.ts')).createFakePipeline()
    server = await createTestServer(store.dialect, { pipeline: { ...pipeline, wake: () => void woken++ } })
  })
  afterAll(async () => {
    await server.app.close()
    await store.close()
  })

  const dead = (over: GivenDelivery = {}) =>
    insertDelivery(store.dialect, {
      ...{ recipient: 'ann', channel: 'ntfy', state: 'failed', due_at: 1, attempts: 10, crashes: 3, expires_at: 5, created_at: 1, finished_at: 2 },
      ...{ error_code: 'http_500', error: 'no', ...over },
    })

  it('that failed can be retried, keeping their history', async () => {
    const id = await dead()
    const { status, body } = await server.call('POST', `/v1/deliveries/${id}/retry`)
    expect({ status, state: body.state, attempts: body.attempts, error: body.error, expiresAt: body.expiresAt }).toEqual({
      status: 200,
      state: 'queued',
      attempts: 10,
      error: null,
      expiresAt: null,
    })
    const row = await store.dialect.db.selectFrom('deliveries').selectAll().where('id', '=', store.dialect.bytesOf('dlv', id)).executeTakeFirstOrThrow()
    expect(row).toMatchObject({ attempts_before: 10, crashes: 0, due_at: server.clock.now })
    expect(woken).toBe(1)
    expect(await server.call('POST', `/v1/deliveries/${id}/retry`)).toMatchObject({ status: 409, body: { code: 'not_retryable' } })
    expect((await server.call('POST', `/v1/deliveries/${newId('dlv')}/retry`)).status).toBe(404)
  })

  it('are counted with dryRun and retried together', async () => {
    const event = newId('evt')
    for (let i = 0; i < 3; i++) await dead({ event, connection_id: i === 0 ? null : 'con_1' })
    await dead({ event, state: 'sent' })
    expect((await server.call('POST', '/v1/deliveries/retry', { event, dryRun: true })).body).toEqual({ retried: 3, dryRun: true })
    expect((await server.call('POST', '/v1/deliveries/retry', { event })).body).toEqual({ retried: 3, dryRun: false })
    const { body } = await server.call('GET', `/v1/deliveries?event=${event}`)
    expect(body.items.map(({ state }: { state: string }) => state).sort()).toEqual(['held', 'queued', 'queued', 'sent'])
  })

  it('are shown as held while their connection or destination is blocked', async () => {
    const until = server.clock.now + 1000
    const event = newId('evt')
    await dead({ event, state: 'queued', connection_id: 'con_2' })
    await store.dialect.db
      .insertInto('target_health')
      .values({ target: 'con_2', initial_failure_at: 1, most_recent_failure_at: 1, level: 1, blocked_until: until, failures: 1, last_error: 'x' })
      .execute()
    const [held] = (await server.call('GET', `/v1/deliveries?event=${event}`)).body.items
    expect(held).toMatchObject({ state: 'held', heldFor: 'connection_blocked', heldUntil: new Date(until).toISOString() })
    const own = newId('evt')
    await dead({ event: own, state: 'queued', connection_id: 'con_3', destination_id: 'dst_2' })
    await store.dialect.db
      .insertInto('target_health')
      .values({ target: 'dst_2', initial_failure_at: 1, most_recent_failure_at: 1, level: 0, paused_until: until, failures: 0, last_error: 'x' })
      .execute()
    expect((await server.call('GET', `/v1/deliveries?event=${own}`)).body.items).toMatchObject([{ state: 'held', heldFor: 'destination_blocked' }])
    server.clock.now = until
    expect((await server.call('GET', `/v1/deliveries?event=${event}`)).body.items[0]).toMatchObject({ state: 'queued', heldFor: null })
  })
})
