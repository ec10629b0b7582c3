import { hash } from 'node:crypto'
import type { FastifyContextConfig, FastifyRequest, onRequestHookHandler } from 'fastify'
import { type Caller, hasScope, SCOPES, type Scope } from '../domain/caller.ts'
import { type Clock, type Millis, SECOND } from '../domain/time.ts'
import { CarillonError } from '../errors.ts'
import { hashKey, prefixOf, sameHash } from '../security/api-keys.ts'
import type { UserTokens } from '../security/user-tokens.ts'
import { actingUser } from './acting-user.ts'
import { type CredentialReader, credentialIn, DEFAULT_READERS } from './credentials.ts'

declare module 'fastify' {
  interface FastifyContextConfig {
    /** The scope that a key needs for this route; absent = any caller (user routes check the user themselves). */
    scope?: Scope
    /** Where this route takes a key or token from, in this order; `Authorization: Bearer` unless said. */
    credentials?: readonly CredentialReader[]
  }
}

/** What is stored of a key: its hash, and how far it reaches. */
export interface KnownKey {
  id: string
  name: string
  hash: string
  /** A JSON list. */
  scopes: string
  expires_at: Millis | null
  revoked_at: Millis | null
  last_used_at: Millis | null
}

export interface AuthParts {
  /** The root key from the environment; null = none. */
  rootKey: string | null
  keys: {
    /** By the public part of the key. */
    find(prefix: string): Promise<KnownKey | undefined>
    /** Remembers that it was used. */
    touch(key: Pick<KnownKey, 'id' | 'last_used_at'>): Promise<void>
  }
  userTokens: Pick<UserTokens, 'verify'>
  /** Whether a user with a token still exists and is active. */
  isActive(userId: string): Promise<boolean>
  clock: Clock
}

/** Routes without authentication. Every other route needs a caller. */
export const PUBLIC_ROUTES: ReadonlySet<string> = new Set(['/health/live', '/health/ready', '/openapi.json', '/docs'])
/** These also accept a single-use ticket, which they check themselves when there is no Authorization header. */
const TICKET_ROUTES: ReadonlySet<string> = new Set(['/v1/inbox/stream', '/v1/inbox/ws'])

/** Cache time: a revoked key must not work longer than this. */
const REMEMBERED = 5 * SECOND
const MAX_REMEMBERED = 10_000

export interface Auth {
  /** The hook for a route, or null for a public one. */
  guard(url: string, needs?: FastifyContextConfig): onRequestHookHandler | null
  /** Keys changed on some node: ask the store again. */
  forget(): void
}

export function createAuth({ rootKey, keys, userTokens, isActive, clock }: AuthParts): Auth {
  const rootHash = rootKey === null ? null : hashKey(rootKey)
  const root: Caller = { kind: 'key', keyId: 'root', name: 'CARILLON_ROOT_KEY', scopes: SCOPES, actsFor: null }
  /** By hash of the token, so that no secret is kept in memory. */
  const remembered = new Map<string, { caller: Caller; until: number }>()

  async function identify(token: string, tokenHash: string): Promise<{ caller: Caller; until: number } | null> {
    const until = clock() + REMEMBERED
    if (rootHash !== null && sameHash(tokenHash, rootHash)) return { caller: root, until }
    if (!token.startsWith('ck_')) return identifyUser(token, until)
    const prefix = prefixOf(token)
    const row = prefix === null ? undefined : await keys.find(prefix)
    if (row === undefined || !sameHash(tokenHash, row.hash) || row.revoked_at !== null || (row.expires_at ?? Infinity) <= clock()) return null
    await keys.touch(row)
    const scopes = SCOPES.filter((scope) => row.scopes.includes(`"${scope}"`))
    return { caller: { kind: 'key', keyId: row.id, name: row.name, scopes, actsFor: null }, until: Math.min(until, row.expires_at ?? Infinity) }
  }

  async function identifyUser(token: string, until: number): Promise<{ caller: Caller; until: number } | null> {
    const known = await userTokens.verify(token)
    if (known === null || !(await isActive(known.userId))) return null
    return { caller: { kind: 'user', userId: known.userId }, until: Math.min(until, known.expiresAt) }
  }

  async function look(token: string, tokenHash: string): Promise<Caller> {
    const found = await identify(token, tokenHash)
    if (found === null) throw new CarillonError('unauthorized', { detail: 'This key or token is not known, or no longer valid.' })
    if (remembered.size >= MAX_REMEMBERED) remembered.clear()
    remembered.set(tokenHash, found)
    return found.caller
  }

  function guard(url: string, { scope, credentials = DEFAULT_READERS }: FastifyContextConfig = {}): onRequestHookHandler | null {
    if (PUBLIC_ROUTES.has(url)) return null
    const takesTicket = TICKET_ROUTES.has(url)
    return (request, _reply, done) => {
      const { headers } = request
      if (headers.authorization === undefined && takesTicket) return done()
      const token = credentialIn(headers, credentials)
      if (token === null) return done(new CarillonError('unauthorized'))
      const tokenHash = hash('sha256', token)
      const known = remembered.get(tokenHash)
      // The common case stays in this event loop turn.
      if (known !== undefined && known.until > clock()) return done(admit(request, known.caller, scope))
      look(token, tokenHash).then((caller) => done(admit(request, caller, scope)), done)
    }
  }

  return { guard, forget: () => remembered.clear() }
}

function admit(request: FastifyRequest, caller: Caller, scope: Scope | undefined): Error | undefined {
  try {
    const user = request.headers['carillon-user']
    request.caller = user === undefined ? caller : actingFor(caller, user)
    if (scope !== undefined && !hasScope(request.caller, scope))
      return new CarillonError('forbidden', { detail: `This route needs a key with the scope \`${scope}\`.` })
    return undefined
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error))
  }
}

function actingFor(caller: Caller, user: string | string[]): Caller {
  if (caller.kind !== 'key' || !hasScope(caller, 'act'))
    throw new CarillonError('forbidden', { detail: 'The header `Carillon-User` needs a key with the scope `act`.' })
  return { ...caller, actsFor: actingUser(user) }
}
