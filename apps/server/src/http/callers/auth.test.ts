import Fastify from 'fastify'
import { beforeEach, describe, expect, it } from 'vitest'
import type { Account, Scope } from '../../domain/caller.ts'
import { hashKey, newApiKey } from '../../security/api-keys.ts'
import { createUserTokens } from '../../security/user-tokens.ts'
import type { ApiKeysTable } from '../../storage/schema.ts'
import { createErrorHandler } from '../problems/problem.ts'
import type { Access } from './access.ts'
import { type Auth, createAuth } from './auth.ts'

const ROOT = 'the-root-key'
const HOUR = 3_600_000

describe('who asks', () => {
  let now: number
  let rows: ApiKeysTable[]
  let users: Map<string, Account>
  let lookups: number
  let auth: Auth
  const userTokens = createUserTokens([new Uint8Array(32).fill(1)], () => now)

  beforeEach(() => {
    now = Date.UTC(2026, 0, 5)
    rows = []
    users = new Map([['ann', { active: true, epoch: 'e1' }]])
    lookups = 0
    auth = createAuth({
      rootKey: ROOT,
      keys: {
        async find(prefix) {
          lookups++
          return rows.find((row) => row.prefix === prefix)
        },
        touch: async () => {},
      },
      userTokens,
      account: async (id) => users.get(id) ?? null,
      clock: () => now,
    })
  })

  function addKey(scopes: Scope[], expires_at: number | null = null): { key: string; row: ApiKeysTable } {
    const { key, prefix } = newApiKey()
    const row = {
      id: 'key_1',
      name: 'n',
      prefix,
      hash: hashKey(key),
      scopes: JSON.stringify(scopes),
      created_at: now,
      expires_at,
      last_used_at: null,
      revoked_at: null,
    }
    rows.push(row)
    return { key, row }
  }

  async function ask(token: string | undefined, { scope, user }: { scope?: Scope; user?: string } = {}) {
    const app = Fastify()
    app.setErrorHandler(createErrorHandler(1024))
    app.decorateRequest('caller')
    app.decorateRequest('credential')
    const guard = auth.guard(scope === undefined ? { kind: 'own', ticket: false } : { kind: 'scope', scope })
    app.get('/v1/x', { onRequest: guard === null ? [] : [guard] }, async ({ caller }) => caller)
    const headers = { ...(token === undefined ? {} : { authorization: `Bearer ${token}` }), ...(user === undefined ? {} : { 'carillon-user': user }) }
    const response = await app.inject({ url: '/v1/x', headers })
    await app.close()
    return { status: response.statusCode, body: response.json() }
  }

  it('refuses whoever says nothing, or something unknown', async () => {
    const { key } = addKey(['read'])
    for (const token of [undefined, '', 'nonsense', `${key.slice(0, -1)}!`, newApiKey().key, `${ROOT}x`]) expect((await ask(token)).status).toBe(401)
  })

  it('lets the root key do everything', async () => {
    expect(await ask(ROOT, { scope: 'admin' })).toMatchObject({ status: 200, body: { keyId: 'root' } })
  })

  it('holds a key to its scopes; admin includes all', async () => {
    const { key } = addKey(['read'])
    expect((await ask(key, { scope: 'read' })).status).toBe(200)
    expect(await ask(key, { scope: 'manage' })).toMatchObject({ status: 403, body: { code: 'forbidden', detail: expect.stringContaining('manage') } })
    expect((await ask(addKey(['admin']).key, { scope: 'manage' })).status).toBe(200)
  })

  it('does not take the hash of a key for the key, nor one key for another with its prefix', async () => {
    const { key, row } = addKey(['admin'])
    expect((await ask(row.hash)).status).toBe(401)
    row.hash = hashKey('another secret')
    expect((await ask(key)).status).toBe(401)
  })

  it('remembers a key for five seconds, so a revoked one stops then, or at once when told', async () => {
    const { key, row } = addKey(['read'])
    await ask(key, { scope: 'read' })
    await ask(key, { scope: 'read' })
    expect(lookups).toBe(1)
    row.revoked_at = now
    expect((await ask(key, { scope: 'read' })).status).toBe(200)
    now += 5000
    expect((await ask(key, { scope: 'read' })).status).toBe(401)

    const other = addKey(['read'])
    await ask(other.key, { scope: 'read' })
    other.row.revoked_at = now
    auth.forget()
    expect((await ask(other.key, { scope: 'read' })).status).toBe(401)
  })

  it('ends a key on time even while it is remembered', async () => {
    const { key } = addKey(['read'], now + 1000)
    expect((await ask(key, { scope: 'read' })).status).toBe(200)
    now += 1000
    expect((await ask(key, { scope: 'read' })).status).toBe(401)
  })

  it('knows a user by their token, for as long as they are active and the same', async () => {
    const { token } = await userTokens.issue({ id: 'ann', epoch: 'e1' }, HOUR)
    expect(await ask(token)).toEqual({ status: 200, body: { kind: 'user', userId: 'ann', epoch: 'e1' } })
    expect((await ask(token, { scope: 'read' })).status).toBe(403)
    const others = [undefined, { active: false, epoch: 'e1' }, { active: true, epoch: 'e2' }, { active: true, epoch: '' }]
    for (const other of others) {
      if (other === undefined) users.delete('ann')
      else users.set('ann', other)
      auth.forget()
      expect((await ask(token)).status, JSON.stringify(other)).toBe(401)
    }
    users.set('ann', { active: true, epoch: 'e1' })
    expect((await ask(token)).status).toBe(200)
    users.delete('ann')
    now += 5000
    expect((await ask(token)).status, 'not remembered for longer than five seconds').toBe(401)
  })

  it('ends a user token on time even while it is remembered', async () => {
    const { token, expiresAt } = await userTokens.issue({ id: 'ann', epoch: 'e1' }, 1000)
    expect((await ask(token)).status).toBe(200)
    now = expiresAt
    expect((await ask(token)).status).toBe(401)
  })

  it('does not remember what it looked up while a caller ended', async () => {
    const { token } = await userTokens.issue({ id: 'ann', epoch: 'e1' }, HOUR)
    const known = users.get('ann')
    users = new Map()
    // The look-up of this request sees the user, and the change comes before its answer.
    users.get = (id) => {
      if (id !== 'ann') return undefined
      auth.forget()
      users = new Map()
      return known
    }
    expect((await ask(token)).status).toBe(200)
    expect((await ask(token)).status).toBe(401)
  })

  it('asks again once the body is there, and remembers the answer as long', async () => {
    const { key, row } = addKey(['read'])
    const { token } = await userTokens.issue({ id: 'ann', epoch: 'e1' }, HOUR)
    /** What happens while the body is under way, and the status of the request. */
    async function slow(credential: string, access: Access, meanwhile: () => void) {
      const app = Fastify()
      app.setErrorHandler(createErrorHandler(1024))
      app.decorateRequest('caller')
      app.decorateRequest('credential')
      app.addContentTypeParser('text/x-slow', { parseAs: 'string' }, (_request, body, done) => {
        meanwhile()
        done(null, body)
      })
      const guard = auth.guard(access)
      app.post('/v1/x', { onRequest: guard === null ? [] : [guard], preValidation: auth.again }, async () => 'done')
      const headers = { authorization: `Bearer ${credential}`, 'content-type': 'text/x-slow' }
      const { statusCode } = await app.inject({ method: 'POST', url: '/v1/x', headers, payload: 'a body' })
      await app.close()
      return statusCode
    }
    const read: Access = { kind: 'scope', scope: 'read' }
    const own: Access = { kind: 'own', ticket: false }
    const nothing = () => {}
    expect([await slow(key, read, nothing), await slow(token, own, nothing), await slow(ROOT, read, auth.forget)]).toEqual([200, 200, 200])
    expect(lookups).toBe(1)
    expect(await slow(token, own, auth.forget), 'somebody else ended').toBe(200)

    const revoke = () => {
      row.revoked_at = now
      auth.forget()
    }
    expect(await slow(key, read, revoke)).toBe(401)
    row.revoked_at = null
    const revokeElsewhere = () => {
      row.revoked_at = now
      now += 5000
    }
    expect(await slow(key, read, revokeElsewhere), 'a node that has heard nothing').toBe(401)
    const remake = () => {
      users.set('ann', { active: true, epoch: 'e2' })
      auth.forget()
    }
    expect(await slow(token, own, remake)).toBe(401)
  })

  it('lets a key with `act` speak for a user, and nobody else', async () => {
    expect(await ask(addKey(['act']).key, { user: 'ann' })).toMatchObject({ status: 200, body: { actsFor: 'ann' } })
    expect((await ask(addKey(['events']).key, { user: 'ann' })).status).toBe(403)
    const { token } = await userTokens.issue({ id: 'ann', epoch: 'e1' }, HOUR)
    expect((await ask(token, { user: 'bob' })).status).toBe(403)
    expect(await ask(ROOT, { user: 'adr_1' })).toMatchObject({ status: 422, body: { errors: [{ pointer: '/header/carillon-user' }] } })
  })

  it('guards every route that is not public', () => {
    expect(auth.guard({ kind: 'public' })).toBeNull()
    expect(auth.guard({ kind: 'scope', scope: 'read' })).not.toBeNull()
    expect(auth.guard({ kind: 'own', ticket: true })).not.toBeNull()
  })
})
