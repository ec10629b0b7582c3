import { describe, expect, it } from 'vitest'
import { type Caller, SCOPES, type Scope } from '../../domain/caller.ts'
import { type Access, accessOf, requireAccess, securityOf } from './access.ts'

const key = (scopes: readonly Scope[], actsFor: string | null = null): Caller => ({ kind: 'key', keyId: 'key_1', name: 'k', scopes, actsFor })
const user: Caller = { kind: 'user', userId: 'ana', epoch: 'e1' }

describe('who may call a route', () => {
  it('a route says it exactly once, or is refused by name', () => {
    expect(accessOf('GET /x', { scope: 'read' })).toEqual({ kind: 'scope', scope: 'read' })
    expect(accessOf('GET /x', { own: true })).toEqual({ kind: 'own', ticket: false })
    expect(accessOf('GET /x', { own: true, ticket: true })).toEqual({ kind: 'own', ticket: true })
    expect(accessOf('GET /x', { public: true })).toEqual({ kind: 'public' })
    for (const config of [undefined, {}, { scope: 'read', own: true }, { scope: 'read', public: true }, { own: true, public: true }] as const)
      expect(() => accessOf('GET /x', config)).toThrow('GET /x must say who may call it')
    for (const config of [
      { scope: 'read', ticket: true },
      { public: true, ticket: true },
    ] as const)
      expect(() => accessOf('GET /x', config)).toThrow('GET /x takes a ticket')
  })

  const own: Access = { kind: 'own', ticket: false }
  const refused = (caller: Caller, access: Access) => expect(() => requireAccess(caller, access)).toThrow(expect.objectContaining({ code: 'forbidden' }))

  it.each(SCOPES)('a route with the scope %s is for keys that have it, or `admin`', (scope) => {
    const access: Access = { kind: 'scope', scope }
    for (const one of SCOPES) {
      if (one === scope || one === 'admin') expect(() => requireAccess(key([one]), access)).not.toThrow()
      else refused(key([one]), access)
    }
    refused(user, access)
  })

  it('an own route is for users, and for keys with `act` that name one', () => {
    for (const caller of [user, key(['act'], 'ana'), key(['admin'], 'ana')]) expect(() => requireAccess(caller, own)).not.toThrow()
    for (const scope of SCOPES) refused(key([scope]), own)
    for (const scope of SCOPES.filter((one) => one !== 'act' && one !== 'admin')) refused(key([scope], 'ana'), own)
  })

  it('OpenAPI says the same', () => {
    expect(securityOf({ kind: 'public' })).toEqual([])
    expect(securityOf({ kind: 'scope', scope: 'manage' })).toEqual([{ apiKey: ['manage'] }])
    expect(securityOf(own)).toEqual([{ userToken: [] }, { apiKey: ['act'] }])
    expect(securityOf({ kind: 'own', ticket: true })).toEqual([{ userToken: [] }, { apiKey: ['act'] }, { ticket: [] }])
  })
})
