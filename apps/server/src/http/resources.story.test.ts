import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { engines, openTestStore, type TestStore } from '../../test/setup/engines.ts'
import { createTestServer } from '../app/testing/server.ts'
import { MINUTE } from '../domain/time.ts'

describe.each(engines)('resources (%s)', (engine) => {
  let store: TestStore
  let server: Awaited<ReturnType<typeof createTestServer>>
  let call: typeof server.call
  beforeAll(async () => {
    store = await openTestStore(engine)
    server = await createTestServer(store.dialect)
    call = server.call
  })
  afterAll(async () => {
    await server.app.close()
    await store.close()
  })
  const stored = (table: 'idempotency_keys' | 'api_keys') => store.dialect.db.selectFrom(table).selectAll().execute().then(JSON.stringify)

  describe('users', () => {
    it('are created and changed field by field; null clears', async () => {
      const made = await call('PUT', '/v1/users/ann', { email: 'ann@example.com', name: 'Ann', timezone: 'Europe/Zurich', data: { plan: 'pro' } })
      expect(made).toMatchObject({ status: 200, body: { id: 'ann', email: 'ann@example.com', locale: null, data: { plan: 'pro' }, active: true } })
      const changed = await call('PUT', '/v1/users/ann', { locale: 'fr-CA', name: null })
      expect(changed.body).toMatchObject({ email: 'ann@example.com', name: null, locale: 'fr-CA', timezone: 'Europe/Zurich', data: { plan: 'pro' } })
    })

    it('have their mail address as a confirmed destination, until it is cleared', async () => {
      await call('PUT', '/v1/users/bob', { email: 'bob@example.com' })
      const mail = await call('GET', '/v1/me/destinations/email', undefined, { user: 'bob' })
      expect(mail.body).toMatchObject({ body: { address: 'bob@example.com' }, confirmedAt: expect.any(String) })
      await call('PUT', '/v1/users/bob', { email: null })
      expect((await call('GET', '/v1/me/destinations/email', undefined, { user: 'bob' })).status).toBe(404)
    })

    it('are stored in batches: all or none, each once', async () => {
      const users = Array.from({ length: 300 }, (_, i) => ({ id: `u${String(i).padStart(3, '0')}`, email: `u${i}@example.com`, active: i !== 5 }))
      expect((await call('POST', '/v1/users/batch', { users })).body).toEqual({ created: 300, updated: 0 })
      expect((await call('POST', '/v1/users/batch', { users: users.slice(0, 10) })).body).toEqual({ created: 0, updated: 10 })
      expect((await call('GET', '/v1/users/u005')).body.active).toBe(false)
      const twice = await call('POST', '/v1/users/batch', { users: [{ id: 'new1' }, { id: 'new1' }] })
      expect([twice.status, twice.body.errors[0].pointer]).toEqual([422, '/users/1/id'])
      expect((await call('GET', '/v1/users/new1')).status).toBe(404)
    })

    it('are listed page by page, none twice and none missing', async () => {
      const seen: string[] = []
      let next = '/v1/users?limit=90'
      for (let page = 0; page < 10 && next !== ''; page++) {
        const { body } = await call('GET', next)
        seen.push(...body.items.map(({ id }: { id: string }) => id))
        next = body.nextCursor === null ? '' : `/v1/users?limit=90&cursor=${body.nextCursor}`
      }
      expect(seen.filter((id) => /^u\d{3}$/.test(id))).toHaveLength(300)
      expect(new Set(seen).size).toBe(seen.length)
    })

    it('get no token while they are inactive', async () => {
      await call('PUT', '/v1/users/idle', { active: false })
      expect(await call('POST', '/v1/users/idle/tokens', {})).toMatchObject({ status: 409, body: { code: 'conflict' } })
      await call('DELETE', '/v1/users/idle')
    })

    it('get a token that is valid for user routes only, until they are deleted', async () => {
      const { body } = await call('POST', '/v1/users/cleo/tokens', { expiresIn: 600 })
      expect((await call('GET', '/v1/me/preferences', undefined, { key: body.token })).status).toBe(200)
      expect((await call('GET', '/v1/users', undefined, { key: body.token })).status).toBe(403)
      expect((await call('DELETE', '/v1/users/cleo')).status).toBe(204)
      server.clock.now += 5000
      expect((await call('GET', '/v1/me/preferences', undefined, { key: body.token })).status).toBe(401)
      expect((await call('DELETE', '/v1/users/cleo')).status).toBe(404)
    })

    it('may have ids with any character', async () => {
      const id = 'a/b ü%'
      expect((await call('PUT', `/v1/users/${encodeURIComponent(id)}`, { name: 'Odd' })).body.id).toBe(id)
      expect((await call('GET', `/v1/users/${encodeURIComponent(id)}`)).body.name).toBe('Odd')
    })
  })

  describe('topics', () => {
    it('accept users and addresses, each once regardless of spelling', async () => {
      await call('PUT', '/v1/topics/team', { name: 'The team' })
      const add = ['ann', { user: 'dora', email: 'dora@example.com' }, { email: 'guest@example.com', name: 'Guest' }, { email: 'guest@EXAMPLE.com' }]
      expect((await call('POST', '/v1/topics/team/subscribers', { add })).body).toEqual({ added: 3, removed: 0 })
      expect((await call('POST', '/v1/topics/team/subscribers', { add })).body).toEqual({ added: 0, removed: 0 })
      expect((await call('GET', '/v1/topics/team')).body).toMatchObject({ name: 'The team', subscribers: 3 })
      expect((await call('GET', '/v1/users/dora')).body.email).toBe('dora@example.com')
      const { body } = await call('GET', '/v1/topics/team/subscribers')
      expect(body.items.map(({ user, email }: { user: string; email: string }) => [user, email])).toEqual(
        expect.arrayContaining([
          [null, 'guest@example.com'],
          ['ann', 'ann@example.com'],
          ['dora', 'dora@example.com'],
        ]),
      )
      expect((await call('POST', '/v1/topics/team/subscribers', { remove: ['ann', { email: 'guest@example.com' }] })).body).toEqual({ added: 0, removed: 2 })
    })

    it('keep their name when put again without one, and are 404 when unknown', async () => {
      expect((await call('PUT', '/v1/topics/team', {})).body.name).toBe('The team')
      expect((await call('POST', '/v1/topics/none/subscribers', { add: ['ann'] })).status).toBe(404)
      expect((await call('GET', '/v1/topics/none/subscribers')).status).toBe(404)
    })

    it('can be joined and left by users', async () => {
      expect((await call('PUT', '/v1/me/topics/team', undefined, { user: 'ann' })).status).toBe(204)
      expect((await call('GET', '/v1/me/topics', undefined, { user: 'ann' })).body.items).toMatchObject([{ key: 'team', name: 'The team' }])
      expect((await call('DELETE', '/v1/me/topics/team', undefined, { user: 'ann' })).status).toBe(204)
      expect((await call('GET', '/v1/me/topics', undefined, { user: 'ann' })).body.items).toEqual([])
    })
  })

  describe('the matrix', () => {
    const rowOf = ({ body }: Awaited<ReturnType<typeof call>>) => body.eventTypes.find(({ key }: { key: string }) => key === 'order.shipped').channels

    it('shows what is on, changes cell by cell, and refuses locked ones', async () => {
      await call('PUT', '/v1/event-types/order.shipped', { name: 'Order shipped', category: 'orders', locked: ['in_app'] })
      const as = { user: 'ann' }
      const before = await call('GET', '/v1/me/routing', undefined, as)
      // Pasted URLs need no connection.
      expect(before.body.channels).toEqual(['in_app', 'apprise'])
      await call('POST', '/v1/connections', { provider: 'ntfy', name: 'ntfy', personal: true })
      const put = await call('PUT', '/v1/me/routing', { routes: { 'order.shipped': { ntfy: false } } }, as)
      expect(rowOf(put)).toEqual({
        in_app: { enabled: true, default: true, locked: true },
        apprise: { enabled: true, default: true, locked: false },
        ntfy: { enabled: false, default: true, locked: false },
      })
      const back = await call('PUT', '/v1/me/routing', { routes: { 'order.shipped': { ntfy: null } } }, as)
      expect(rowOf(back).ntfy.enabled).toBe(true)
      const refused = async (routes: object) => (await call('PUT', '/v1/me/routing', { routes }, as)).body
      expect(await refused({ 'order.shipped': { in_app: false } })).toMatchObject({
        code: 'locked_route',
        errors: [{ pointer: '/routes/order.shipped/in_app' }],
      })
      expect(await refused({ nothing: { ntfy: false } })).toMatchObject({ code: 'unknown_event_type' })
      expect(await refused({ 'order.shipped': { pigeon: false } })).toMatchObject({ code: 'unknown_channel' })
    })

    it('hides a channel that the operator disables, and keeps its cells', async () => {
      const as = { user: 'ann' }
      await call('PUT', '/v1/me/routing', { routes: { 'order.shipped': { ntfy: false } } }, as)
      expect((await call('PUT', '/v1/channels/ntfy', { enabled: false })).body).toMatchObject({ channel: 'ntfy', enabled: false, usable: true })
      expect((await call('GET', '/v1/me/routing', undefined, as)).body.channels).toEqual(['in_app', 'apprise'])
      await call('PUT', '/v1/channels/ntfy', { enabled: true })
      expect(rowOf(await call('GET', '/v1/me/routing', undefined, as)).ntfy.enabled).toBe(false)
    })

    it('keeps its inbox column: it cannot be switched off for everybody', async () => {
      const refused = await call('PUT', '/v1/channels/in_app', { enabled: false })
      expect(refused).toMatchObject({ status: 422, body: { code: 'invalid_field', errors: [{ pointer: '/enabled' }] } })
      for (const instead of ['PUT /v1/me/routing', '"in_app": false']) expect(refused.body.errors[0].message).toContain(instead)
      expect((await call('PUT', '/v1/channels/in_app', { enabled: true })).body).toMatchObject({ channel: 'in_app', enabled: true })
      expect((await call('GET', '/v1/me/routing', undefined, { user: 'ann' })).body.channels).toContain('in_app')
    })

    it('has masters that merge; null resets', async () => {
      const as = { user: 'ann' }
      await call('PUT', '/v1/event-types/offer.made', { category: 'marketing' })
      await call('PATCH', '/v1/me/preferences', { channels: { email: false }, categories: { marketing: { email: false, ntfy: true } } }, as)
      const patched = await call('PATCH', '/v1/me/preferences', { channels: { ntfy: true }, categories: { marketing: { email: null } } }, as)
      expect(patched.body).toEqual({ channels: { email: false, ntfy: true }, categories: { marketing: { ntfy: true } } })
      expect((await call('GET', '/v1/me/preferences', undefined, as)).body).toEqual(patched.body)
      expect((await call('GET', '/v1/me/preferences')).body.code).toBe('forbidden')
    })
  })

  describe('event types', () => {
    it('are checked before they are stored', async () => {
      const refused = await call('PUT', '/v1/event-types/order.lost', { templates: { default: { title: '{{' } } })
      expect(refused).toMatchObject({ status: 422, body: { errors: [{ pointer: '/templates/default/title' }] } })
      expect((await call('GET', '/v1/event-types/order.lost')).status).toBe(404)
      const locales = { fr: { default: { title: 'Bonjour' } } }
      expect((await call('PUT', '/v1/event-types/order.lost', { templates: { locales } })).body.templates).toEqual({ locales })
      const strange = await call('PUT', '/v1/event-types/order.lost', { templates: { locales: { 'not a locale': {} } } })
      expect(strange.body.errors[0].pointer).toContain('/templates/locales')
      expect((await call('DELETE', '/v1/event-types/order.lost')).status).toBe(204)
      expect((await call('DELETE', '/v1/event-types/order.lost')).status).toBe(404)
    })
  })

  describe('keys', () => {
    it('are shown once, work within their scopes, and stop when revoked', async () => {
      const made = await call('POST', '/v1/keys', { name: 'ci', scopes: ['read'] })
      expect(made).toMatchObject({ status: 201, body: { key: expect.stringMatching(/^ck_/), scopes: ['read'] } })
      const { key, id } = made.body
      expect((await call('GET', '/v1/users', undefined, { key })).status).toBe(200)
      expect((await call('PUT', '/v1/users/x', {}, { key })).status).toBe(403)
      expect(JSON.stringify((await call('GET', '/v1/keys')).body) + (await stored('api_keys'))).not.toContain(key)
      expect((await call('DELETE', `/v1/keys/${id}`)).status).toBe(204)
      server.clock.now += 5000
      expect((await call('GET', '/v1/users', undefined, { key })).status).toBe(401)
      expect((await call('POST', '/v1/keys', { name: 'x', scopes: ['root'] })).body.errors[0].pointer).toBe('/scopes/0')
      const past = await call('POST', '/v1/keys', { name: 'x', scopes: ['read'], expiresAt: '2020-01-01T00:00:00Z' })
      expect(past.body.errors[0].pointer).toBe('/expiresAt')
    })
  })

  describe('idempotency keys', () => {
    it('create one object for two requests, and encrypt the stored response', async () => {
      const headers = { 'idempotency-key': 'once' }
      const first = await call('POST', '/v1/keys', { name: 'only one', scopes: ['read'] }, { headers })
      const second = await call('POST', '/v1/keys', { name: 'only one', scopes: ['read'] }, { headers })
      expect([second.status, second.body, second.headers['idempotency-replayed']]).toEqual([201, first.body, 'true'])
      expect(await stored('idempotency_keys')).not.toContain(first.body.key)
      const other = await call('POST', '/v1/keys', { name: 'another', scopes: ['read'] }, { headers })
      expect(other).toMatchObject({ status: 422, body: { code: 'idempotency_mismatch' } })
      const stranger = await server.newKeyWith('admin')
      expect((await call('POST', '/v1/keys', { name: 'mine', scopes: ['read'] }, { headers, key: stranger })).headers['idempotency-replayed']).toBeUndefined()
    })

    it('of one user are never those of another, whatever the ids contain', async () => {
      const elsewhere = { user: 'gil', headers: { 'idempotency-key': 'elsewhere' } }
      expect((await call('POST', '/v1/inbox/tickets', undefined, elsewhere)).status).toBe(201)
      expect(await call('POST', '/v1/inbox/read-all', undefined, elsewhere), 'another route').toMatchObject({ body: { code: 'idempotency_mismatch' } })
      const open = (user: string, key: string) => call('POST', '/v1/inbox/tickets', undefined, { user, headers: { 'idempotency-key': key } })
      const first = await open('a:b', 'c')
      const second = await open('a', 'b:c')
      expect([first.status, second.status]).toEqual([201, 201])
      expect(second.body.ticket).not.toBe(first.body.ticket)
    })

    it('are kept for a day, and 100 parallel requests create one object', async () => {
      const headers = { 'idempotency-key': 'parallel' }
      const answers = await Promise.all(Array.from({ length: 100 }, () => call('POST', '/v1/keys', { name: 'parallel', scopes: ['read'] }, { headers })))
      for (const answer of answers) {
        if (answer.status === 409) expect(answer).toMatchObject({ headers: { 'retry-after': '1' }, body: { code: 'idempotency_running' } })
        else expect(answer.status).toBe(201)
      }
      const made = (await call('GET', '/v1/keys?limit=200')).body.items.filter(({ name }: { name: string }) => name === 'parallel')
      expect(made).toHaveLength(1)
      server.clock.now += 25 * 60 * MINUTE
      const next = await call('POST', '/v1/keys', { name: 'parallel', scopes: ['read'] }, { headers })
      expect(next.headers['idempotency-replayed']).toBeUndefined()
    })
  })
})
