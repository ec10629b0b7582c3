import { hash } from 'node:crypto'
import type { FastifyRequest, onRequestHookHandler, preValidationHookHandler } from 'fastify'
import { type Account, type Caller, type Credential, hasScope, SCOPES } from '../../domain/caller.ts'
import { type Clock, type Millis, SECOND, toIso } from '../../domain/time.ts'
import { CarillonError } from '../../errors.ts'
import { hashKey, prefixOf, rootCredential, sameHash } from '../../security/api-keys.ts'
import type { UserTokens } from '../../security/user-tokens.ts'
import { type Access, requireAccess } from './access.ts'
import { actingUser } from './acting-user.ts'
import { type CredentialReader, credentialIn, DEFAULT_READERS } from './credentials.ts'
import { noCredential, unknownCredential } from './refused-credential.ts'

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
  /** The user of a token; null when there is none any more. */
  account(userId: string): Promise<Account | null>
  clock: Clock
}

/** Cache time: a revoked key must not work longer than this. */
const REMEMBERED = 5 * SECOND
const MAX_REMEMBERED = 10_000

export interface Auth {
  /** The hook for a route, or null for a public one. It runs before the body is read: whoever may not call a route learns nothing about its bodies. */
  guard(access: Access, credentials?: readonly CredentialReader[]): onRequestHookHandler | null
  /**
   * The hook for every route, once the body is there: a body may take half a minute, and a key or user that ended meanwhile ends this request too.
   */
  again: preValidationHookHandler
  /** Keys or users changed on some node: ask the store again. */
  forget(): void
}

/** Who asks, by what, and until when that may be remembered. */
interface Known {
  caller: Caller
  credential: Credential
  until: Millis
}

export function createAuth({ rootKey, keys, userTokens, account, clock }: AuthParts): Auth {
  const rootHash = rootKey === null ? null : hashKey(rootKey)
  const root: Omit<Known, 'until'> = {
    caller: { kind: 'key', keyId: 'root', name: 'CARILLON_ROOT_KEY', scopes: SCOPES, actsFor: null },
    credential: { kind: 'key', keyId: rootKey === null ? '' : rootCredential(rootKey) },
  }
  /** By hash of the token, so that no secret is kept in memory. */
  const remembered = new Map<string, Known>()
  /** Raised by every `forget`: what was looked up before it is not remembered after it. */
  let changes = 0
  /** The requests that were let in, until their body is there. */
  const admitted = new WeakMap<FastifyRequest, { token: string; tokenHash: string; access: Access; until: Millis; changes: number }>()

  async function identify(token: string, tokenHash: string): Promise<Known | null> {
    const until = clock() + REMEMBERED
    if (rootHash !== null && sameHash(tokenHash, rootHash)) return { ...root, until }
    if (!token.startsWith('ck_')) return identifyUser(token, until)
    const prefix = prefixOf(token)
    const row = prefix === null ? undefined : await keys.find(prefix)
    if (row === undefined || !sameHash(tokenHash, row.hash)) return null
    // Whoever has the whole key may know how it ended.
    if (row.revoked_at !== null) throw ended(`This key was revoked at ${toIso(row.revoked_at)}.`)
    if ((row.expires_at ?? Infinity) <= clock()) throw ended(`This key expired at ${toIso(row.expires_at ?? 0)}.`)
    await keys.touch(row)
    const scopes = SCOPES.filter((scope) => row.scopes.includes(`"${scope}"`))
    return {
      caller: { kind: 'key', keyId: row.id, name: row.name, scopes, actsFor: null },
      credential: { kind: 'key', keyId: row.id },
      until: Math.min(until, row.expires_at ?? Infinity),
    }
  }

  async function identifyUser(token: string, until: Millis): Promise<Known | null> {
    const known = await userTokens.verify(token)
    if (known === null) return null
    const { userId, epoch, expiresAt } = known
    const user = await account(userId)
    if (user === null || !user.active || user.epoch !== epoch) return null
    return { caller: { kind: 'user', userId, epoch }, credential: { kind: 'user', epoch, expiresAt }, until: Math.min(until, expiresAt) }
  }

  /** More than that is left only after the clock was set back. */
  function isFresh(until: Millis): boolean {
    const left = until - clock()
    return left > 0 && left <= REMEMBERED
  }

  /** The present state of a token. A known one stays in this event loop turn. */
  function stateOf(token: string, tokenHash: string, done: (error: Error | undefined, known?: Known, asOf?: number) => void): void {
    const known = remembered.get(tokenHash)
    if (known !== undefined && isFresh(known.until)) return void done(undefined, known, changes)
    const before = changes
    look(token, tokenHash, before).then((found) => done(undefined, found, before), done)
  }

  async function look(token: string, tokenHash: string, before: number): Promise<Known> {
    const found = await identify(token, tokenHash)
    if (found === null) throw unknownCredential(token)
    if (remembered.size >= MAX_REMEMBERED) remembered.clear()
    if (changes === before) remembered.set(tokenHash, found)
    return found
  }

  function guard(access: Access, credentials: readonly CredentialReader[] = DEFAULT_READERS): onRequestHookHandler | null {
    if (access.kind === 'public') return null
    const takesTicket = access.kind === 'own' && access.ticket
    return (request, _reply, done) => {
      const { headers } = request
      if (headers.authorization === undefined && takesTicket) return done()
      const token = credentialIn(headers, credentials)
      if (token === null) return done(noCredential(headers))
      const tokenHash = hash('sha256', token)
      stateOf(token, tokenHash, (error, known, asOf = changes) => {
        if (known === undefined) return done(error)
        admitted.set(request, { token, tokenHash, access, until: known.until, changes: asOf })
        done(admit(request, known, access))
      })
    }
  }

  const again: preValidationHookHandler = (request, _reply, done) => {
    const before = admitted.get(request)
    if (before === undefined || (before.changes === changes && isFresh(before.until))) return done()
    stateOf(before.token, before.tokenHash, (error, known) => done(known === undefined ? error : admit(request, known, before.access)))
  }

  return {
    guard,
    again,
    forget() {
      changes++
      remembered.clear()
    },
  }
}

const ended = (detail: string): CarillonError =>
  new CarillonError('unauthorized', { detail: `${detail} Make another one: \`carillon keys create\`, or POST /v1/keys.` })

function admit(request: FastifyRequest, { caller, credential }: Known, access: Access): Error | undefined {
  try {
    const user = request.headers['carillon-user']
    request.caller = user === undefined ? caller : actingFor(caller, user)
    request.credential = credential
    requireAccess(request.caller, access)
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
