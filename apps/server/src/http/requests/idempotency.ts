import { createHash, hash } from 'node:crypto'
import type { FastifyReply, FastifyRequest, onSendAsyncHookHandler, preHandlerAsyncHookHandler } from 'fastify'
import type { Idempotency, KeyClaim } from '../../domain/report.ts'
import { CarillonError, invalidField } from '../../errors.ts'
import type { Take } from '../../services/take.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** The raw body, kept only when an Idempotency-Key was sent. */
    rawBody: Buffer | null
    /** Set while this request holds its key. */
    idempotency: Idempotency | null
  }
  interface FastifyContextConfig {
    /** The path parameter with the user whom the answers concern: what is stored of them ends with that user. Own routes concern the caller. */
    concerns?: string
  }
}

/** Keys of requests that were answered, or still run. */
export interface IdempotencyStore {
  /** Takes the key, or says how far the request that holds it is. `userId`: the user whom the answer concerns. */
  claim(idempotency: Idempotency, userId: string | null): Promise<KeyClaim>
  answer(key: string, status: number, body: string): Promise<void>
  /** The next request with this key is the first again. */
  forget(key: string): Promise<void>
}

/** Encrypts stored answers: some hold a key or token that is shown once. */
export interface Box {
  seal(text: string, place: string): string
  open(text: string, place: string): string
}

/** A hash of the request's key and its caller, and one of its content; undefined when no key was sent. */
export function idempotencyOf(request: FastifyRequest): Idempotency | undefined {
  const key = request.headers['idempotency-key']
  if (key === undefined) return undefined
  if (typeof key !== 'string' || !/^[\x20-\x7e]{1,255}$/.test(key)) throw invalidField('/header/idempotency-key', 'must be 1-255 printable ASCII characters')
  const sent = createHash('sha256').update(`${request.method} ${request.url}\n`)
  if (request.rawBody !== null) sent.update(request.rawBody)
  const { caller } = request
  return {
    key: hash('sha256', JSON.stringify([...ownerOf(request), key]), 'base64url').slice(0, KEY),
    hash: sent.digest('base64url').slice(0, HASH),
    ...(caller.kind === 'key' && caller.actsFor !== null && { user: caller.actsFor }),
  }
}

/**
 * Parts of a JSON list: ids and keys may hold any sign that could separate them in one text. A user is one only together with its epoch. The user for
 * whom an application acts may be made by this very request, so their epoch is no part of it: a deletion frees the key (`Idempotency.user`).
 */
const ownerOf = ({ caller, credential }: FastifyRequest): readonly unknown[] =>
  caller.kind === 'user' ? ['user', caller.userId, credential.kind === 'user' ? credential.epoch : null] : ['key', caller.keyId, caller.actsFor]

/** The user whom the answer concerns. */
function userOfAnswer({ caller, params, routeOptions: { config } }: FastifyRequest): string | null {
  if (config.concerns !== undefined && typeof params === 'object' && params !== null) return String(Reflect.get(params, config.concerns))
  return caller.kind === 'user' ? caller.userId : caller.actsFor
}

/** Characters of 6 bits: a collision of 96 bits is practically impossible, and a short key makes a small index, which dominates its cost. */
const KEY = 16

/** The same of the request's content: 132 bits. */
const HASH = 22

/** These store their key in the transaction of the event itself. */
export const KEYED_BY_PIPELINE: ReadonlySet<string> = new Set(['/v1/events', '/v1/events/batch', '/v1/notifications'])

/** For every other POST: the first response is stored and returned again for the same key and body within 24 hours. */
export function createIdempotencyHooks(store: IdempotencyStore, box: Box, take: Take): { before: preHandlerAsyncHookHandler; after: onSendAsyncHookHandler } {
  /** Keys whose request has ended but whose row could not be deleted: they are not running. */
  const ended = new Set<string>()

  async function claimOf(claimed: Idempotency, userId: string | null): Promise<KeyClaim> {
    if (ended.has(claimed.key)) {
      await store.forget(claimed.key)
      ended.delete(claimed.key)
    }
    return store.claim(claimed, userId)
  }

  return {
    async before(request, reply) {
      const claimed = idempotencyOf(request)
      if (claimed === undefined) return
      const { caller } = request
      if (caller.kind === 'user') await take([{ limit: 'request.keyed', of: caller.userId }])
      const claim = await claimOf(claimed, userOfAnswer(request))
      switch (claim.kind) {
        case 'first':
          request.idempotency = claimed
          return
        case 'running':
          throw new CarillonError('idempotency_running', { retryAfter: 1 })
        case 'mismatch':
          throw new CarillonError('idempotency_mismatch', { errors: [{ pointer: '/header/idempotency-key', message: 'was used with another body' }] })
        case 'answered':
          return replay(reply, claim.status, box.open(claim.body, claimed.key))
      }
    },
    async after(request, reply, payload) {
      const { idempotency } = request
      if (idempotency === null) return payload
      request.idempotency = null
      // Not today's answer to the question: whoever waits as told asks again with the same key.
      if (reply.statusCode >= 500 || reply.statusCode === 429)
        await store.forget(idempotency.key).catch((error: unknown) => {
          // Thrown from here, this error would replace the refusal that is being sent.
          ended.add(idempotency.key)
          request.log.warn({ err: error, requestId: request.id }, 'an Idempotency-Key could not be released; it is released when the key is sent again')
        })
      else await store.answer(idempotency.key, reply.statusCode, box.seal(typeof payload === 'string' ? payload : '', idempotency.key))
      return payload
    },
  }
}

function replay(reply: FastifyReply, status: number, body: string): FastifyReply {
  const type = status >= 400 ? 'application/problem+json' : 'application/json; charset=utf-8'
  reply.code(status).header('idempotency-replayed', 'true').serializer(String)
  return body === '' ? reply.send() : reply.type(type).send(body)
}
