import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { engines, openTestStore, type TestStore } from '../../test/setup/engines.ts'
import { createTestServer } from '../app/testing/server.ts'
import { MINUTE } from '../domain/time.ts'

const smtp = (over: object = {}) => ({
  provider: 'smtp',
  name: 'Office mail',
  personal: true,
  settings: { host: 'mail.example.com', port: 587, security: 'starttls', username: 'u', password: 's3cret-one', from: 'bell@example.com' },
  ...over,
})

describe.each(engines)('forms with secrets (%s)', (engine) => {
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
  const stored = (table: 'connections' | 'destinations') => store.dialect.db.selectFrom(table).selectAll().execute().then(JSON.stringify)

  describe('connections', () => {
    it('keep their secrets encrypted, show a mask, and keep them when the mask comes back', async () => {
      const made = await call('POST', '/v1/connections', smtp())
      expect(made).toMatchObject({ status: 201, body: { channel: 'email', enabled: true, settings: { password: '********', username: 'u' } } })
      expect(JSON.stringify(made.body) + (await stored('connections'))).not.toContain('s3cret-one')
      const before = (await store.dialect.db.selectFrom('connections').select('settings').where('id', '=', made.body.id).executeTakeFirstOrThrow()).settings
      const put = await call('PUT', `/v1/connections/${made.body.id}`, smtp({ name: 'Mail', settings: { ...made.body.settings, port: 588 } }))
      expect(put).toMatchObject({ status: 200, body: { name: 'Mail', settings: { port: 588, password: '********' } } })
      const after = (await store.dialect.db.selectFrom('connections').select('settings').where('id', '=', made.body.id).executeTakeFirstOrThrow()).settings
      expect(JSON.parse(after).password).toMatch(/^v1\./)
      expect(JSON.parse(after).port).not.toBe(JSON.parse(before).port)
    })

    it('do not send a stored secret to another host', async () => {
      const [one] = (await call('GET', '/v1/connections')).body.items
      const moved = await call('PUT', `/v1/connections/${one.id}`, smtp({ settings: { ...one.settings, host: 'evil.example.net' } }))
      expect([moved.status, moved.body.errors[0].pointer]).toEqual([422, '/settings/password'])
    })

    it('report all errors of a form at once', async () => {
      const { status, body } = await call('POST', '/v1/connections', smtp({ name: 'x', settings: { host: 'h.example.com', prot: 25, security: 'ssl' } }))
      expect(status).toBe(422)
      expect(body.errors.map(({ pointer }: { pointer: string }) => pointer).sort()).toEqual(['/settings/from', '/settings/prot', '/settings/security'])
    })

    it.each([
      ['an unknown provider', smtp({ provider: 'pigeon' }), 'unknown_provider', '/provider'],
      ['a missing setting', smtp({ name: 'x', settings: { host: 'h.example.com' } }), 'invalid_field', undefined],
      ['an unknown setting', smtp({ name: 'x', settings: { ...smtp().settings, hots: 'x' } }), 'invalid_field', '/settings/hots'],
      ['a mask with nothing behind it', smtp({ name: 'x', settings: { ...smtp().settings, password: '********' } }), 'invalid_field', '/settings/password'],
      ['a taken name', smtp({ name: ' MAIL' }), 'name_taken', '/name'],
      ['a shared one without destination', smtp({ name: 'x', personal: false }), 'invalid_field', '/destination'],
      ['a personal one with destination', smtp({ name: 'x', destination: { address: 'a@b.cc' } }), 'invalid_field', '/destination'],
      [
        'a private address',
        { provider: 'webhook', name: 'x', personal: false, destination: { url: 'http://127.0.0.1:1/' } },
        'address_not_allowed',
        '/destination/url',
      ],
    ])('refuse %s', async (_name, body, code, pointer) => {
      const answer = await call('POST', '/v1/connections', body)
      expect(answer.body.code).toBe(code)
      expect(answer.body.errors.length).toBeGreaterThan(0)
      if (pointer !== undefined) expect(answer.body.errors[0].pointer).toBe(pointer)
      expect((await call('GET', '/v1/connections')).body.items).toHaveLength(1)
    })

    it('are deleted on request, and their changes are in the audit log without secrets', async () => {
      const [one] = (await call('GET', '/v1/connections')).body.items
      expect((await call('POST', `/v1/connections/${one.id}/reset`)).status).toBe(200)
      expect((await call('DELETE', `/v1/connections/${one.id}`)).status).toBe(204)
      expect((await call('GET', `/v1/connections/${one.id}`)).status).toBe(404)
      const { body } = await call('GET', '/v1/audit?limit=4')
      expect(body.items.map(({ action }: { action: string }) => action)).toEqual([
        'connection.deleted',
        'connection.reset',
        'connection.updated',
        'connection.created',
      ])
      expect(body.items[0]).toMatchObject({ actor: 'key:root', target: one.id, requestId: expect.stringMatching(/^req_/) })
      expect(JSON.stringify(body)).not.toContain('s3cret')
    })
  })

  describe('destinations', () => {
    it('are confirmed when stored by an application; their secrets are masked and kept', async () => {
      const put = await call('PUT', '/v1/me/destinations/webhook', { url: 'https://example.com/hook', bearer: 'tok-123456' }, { user: 'ann' })
      expect(put).toMatchObject({ status: 200, body: { body: { url: 'https://example.com/hook', bearer: '********' }, confirmedAt: expect.any(String) } })
      expect(await stored('destinations')).not.toContain('tok-123456')
      const again = await call('PUT', '/v1/me/destinations/webhook', put.body.body, { user: 'ann' })
      expect(again).toMatchObject({ status: 200, body: { body: { bearer: '********' } } })
      expect(server.codes).toEqual([])
    })

    it('must be confirmed when stored by a user: once, in time, with five guesses', async () => {
      const { body: issued } = await call('POST', '/v1/users/ann/tokens', {})
      const mine = { key: String(issued.token) }
      const put = await call('PUT', '/v1/me/destinations/ntfy', { topic: 'bells' }, mine)
      expect(put).toMatchObject({ status: 200, body: { confirmedAt: null } })
      const [code] = server.codes.splice(0)
      const wrong = await call('POST', '/v1/me/destinations/ntfy/confirm', { code: 'WRONG' }, mine)
      expect([wrong.status, wrong.body.errors[0].pointer]).toEqual([422, '/code'])
      const right = await call('POST', '/v1/me/destinations/ntfy/confirm', { code: code?.toLowerCase() }, mine)
      expect(right).toMatchObject({ status: 200, body: { confirmedAt: expect.any(String) } })
      expect((await call('POST', '/v1/me/destinations/ntfy/confirm', { code }, mine)).status).toBe(422)

      await call('PUT', '/v1/me/destinations/ntfy', { topic: 'other' }, mine)
      const [second] = server.codes.splice(0)
      for (let guess = 0; guess < 5; guess++) await call('POST', '/v1/me/destinations/ntfy/confirm', { code: `NO${guess}` }, mine)
      expect((await call('POST', '/v1/me/destinations/ntfy/confirm', { code: second }, mine)).status).toBe(422)

      await call('PUT', '/v1/me/destinations/ntfy', { topic: 'third' }, mine)
      const [late] = server.codes.splice(0)
      server.clock.now += 31 * MINUTE
      expect((await call('POST', '/v1/me/destinations/ntfy/confirm', { code: late }, mine)).status).toBe(422)
    })

    it('are refused when their form is invalid or their address private', async () => {
      const as = { user: 'ann' }
      expect((await call('PUT', '/v1/me/destinations/email', { address: 'no' }, as)).body.errors[0].pointer).toBe('/address')
      expect((await call('PUT', '/v1/me/destinations/pigeon', {}, as)).body.code).toBe('unknown_channel')
      const loop = await call('PUT', '/v1/me/destinations/webhook', { url: 'http://127.0.0.1/x' }, as)
      expect(loop.body).toMatchObject({
        code: 'address_not_allowed',
        detail: expect.stringContaining('CARILLON_OUTBOUND_ALLOW'),
        errors: [{ pointer: '/url' }],
      })
      expect((await call('DELETE', '/v1/me/destinations/webhook', undefined, as)).status).toBe(204)
      expect((await call('DELETE', '/v1/me/destinations/webhook', undefined, as)).status).toBe(404)
    })
  })
})
