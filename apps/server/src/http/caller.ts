import type { FastifyRequest } from 'fastify'
import { CarillonError } from '../errors.ts'

/** What a key may do. `admin` includes all others. */
export const SCOPES = ['events', 'read', 'manage', 'act', 'tokens', 'metrics', 'admin'] as const
export type Scope = (typeof SCOPES)[number]

/** Who asks: an application with a key (possibly acting for a user by `Carillon-User`), or a user with a token of their own. */
export type Caller = { kind: 'key'; keyId: string; name: string; scopes: readonly Scope[]; actsFor: string | null } | { kind: 'user'; userId: string }

declare module 'fastify' {
  interface FastifyRequest {
    /** Set by http/auth.ts before any handler of `/v1` runs. */
    caller: Caller
  }
}

/** For the audit log: `key:key_…` or `user:<id>`. */
export const actorOf = (caller: Caller): string => (caller.kind === 'key' ? `key:${caller.keyId}` : `user:${caller.userId}`)

export function requireScope(request: FastifyRequest, scope: Scope): void {
  const { caller } = request
  if (caller.kind === 'key' && (caller.scopes.includes(scope) || caller.scopes.includes('admin'))) return
  throw new CarillonError('forbidden', { detail: `This route needs a key with the scope \`${scope}\`.` })
}

/** The user whose own routes are meant: the token's, or whom the key acts for. Also says whether an API key speaks (its addresses are trusted). */
export function requireUser(request: FastifyRequest): { userId: string; trusted: boolean } {
  const { caller } = request
  if (caller.kind === 'user') return { userId: caller.userId, trusted: false }
  requireScope(request, 'act')
  if (caller.actsFor === null) throw new CarillonError('forbidden', { detail: 'Say for whom: send the header `Carillon-User: <user id>`.' })
  return { userId: caller.actsFor, trusted: true }
}
