import type { FastifyContextConfig } from 'fastify'
import { type Caller, hasScope, type Scope } from '../../domain/caller.ts'
import { CarillonError } from '../../errors.ts'
import { requireUser } from '../../security/rights.ts'
import type { CredentialReader } from './credentials.ts'

declare module 'fastify' {
  /** Exactly one of `scope`, `own` and `public` says who may call a route. */
  interface FastifyContextConfig {
    /** Keys with this scope. */
    scope?: Scope
    /** A user, for their own things: a user token, or a key with `act` and `Carillon-User`. */
    own?: true
    /** Everybody, without a key. */
    public?: true
    /** With `own`: a request without an Authorization header may have a single-use ticket instead, which the route checks itself. */
    ticket?: true
    /** Where this route takes a key or token from, in this order; `Authorization: Bearer` unless said. */
    credentials?: readonly CredentialReader[]
  }
}

/** Who may call a route. */
export type Access = { kind: 'public' } | { kind: 'scope'; scope: Scope } | { kind: 'own'; ticket: boolean }

/** Throws for a route that does not say who may call it, or says it twice: the hub does not start with one. */
export function accessOf(route: string, { scope, own, public: open, ticket }: FastifyContextConfig = {}): Access {
  if ([scope, own, open].filter((said) => said !== undefined).length !== 1)
    throw new Error(`${route} must say who may call it: one of \`scope\`, \`own\` and \`public\` in its config`)
  if (ticket === true && own !== true) throw new Error(`${route} takes a ticket, so it must be \`own\``)
  if (scope !== undefined) return { kind: 'scope', scope }
  return own === true ? { kind: 'own', ticket: ticket === true } : { kind: 'public' }
}

/** Throws `forbidden` for a caller who may not call this route. Services check the same again for their other entrances. */
export function requireAccess(caller: Caller, access: Access): void {
  if (access.kind === 'own') requireUser(caller)
  if (access.kind === 'scope' && !hasScope(caller, access.scope))
    throw new CarillonError('forbidden', { detail: `This route needs a key with the scope \`${access.scope}\`.` })
}

/** The schemes of `securitySchemes` in OpenAPI, and what a route's access means in it. */
export const SECURITY_SCHEMES = {
  apiKey: { type: 'http', scheme: 'bearer', description: 'An API key (`ck_…`). The names are the scopes that it needs; `admin` includes all.' },
  userToken: { type: 'http', scheme: 'bearer', description: 'A user token, for the user’s own things.' },
  ticket: { type: 'apiKey', in: 'query', name: 'ticket', description: 'A single-use ticket of POST /v1/inbox/tickets.' },
} as const

export function securityOf(access: Access): { [scheme in keyof typeof SECURITY_SCHEMES]?: Scope[] }[] {
  switch (access.kind) {
    case 'public':
      return []
    case 'scope':
      return [{ apiKey: [access.scope] }]
    case 'own':
      return [{ userToken: [] }, { apiKey: ['act'] }, ...(access.ticket ? [{ ticket: [] }] : [])]
  }
}
