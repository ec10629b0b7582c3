import { hash, randomBytes } from 'node:crypto'
import type { FastifyRequest } from 'fastify'
import type { Credential } from '../../domain/caller.ts'
import { type Millis, toIso } from '../../domain/time.ts'
import { CarillonError } from '../../errors.ts'
import type { App } from '../app.ts'
import { userOf } from '../caller.ts'
import { bearer } from '../credentials.ts'
import { NoBody, Ticket } from '../v1/schemas/inbox.ts'

interface Opener {
  userId: string
  /** The key or user token that asked for the ticket: the stream ends with it. */
  credential: Credential
}

export interface TicketParts {
  tickets: {
    /** Answers when it expires. */
    issue(hash: string, opener: Opener): Promise<Millis>
    /** Uses the ticket up; null when it cannot be used. */
    redeem(hash: string): Promise<Opener | null>
  }
  /** Reads a user token; null when it is not good. */
  verifyUserToken: (token: string) => Promise<{ userId: string; expiresAt: Millis } | null>
}

/** POST /v1/inbox/tickets: a ticket for the URL of one stream, valid once within 60 s. Only its hash is stored. */
export function ticketRoute(app: App, parts: TicketParts): void {
  app.post('/v1/inbox/tickets', { schema: { body: NoBody, response: { 201: Ticket } } }, async (request, reply) => {
    const ticket = `ckt_${randomBytes(32).toString('base64url')}`
    const expiresAt = await parts.tickets.issue(hashOf(ticket), await fromHeader(request, parts))
    return reply.code(201).send({ ticket, expiresAt: toIso(expiresAt) })
  })
}

/** Who opens a stream: by the header that every route takes, else by a ticket, which is used up by this. */
export async function whoAsks(request: FastifyRequest, parts: TicketParts): Promise<Opener> {
  if (request.headers.authorization !== undefined) return fromHeader(request, parts)
  const { query } = request
  const ticket: unknown = typeof query === 'object' && query !== null && 'ticket' in query ? query.ticket : undefined
  if (typeof ticket !== 'string' || ticket === '') throw new CarillonError('unauthorized')
  const redeemed = await parts.tickets.redeem(hashOf(ticket))
  if (redeemed === null)
    throw new CarillonError('unauthorized', {
      detail: 'This ticket is not known, was used, or is older than 60 s; POST /v1/inbox/tickets makes a new one.',
      errors: [{ pointer: '/query/ticket', message: 'is not a ticket that can be used' }],
    })
  return redeemed
}

/** The guard has let the request in; what is asked here is by what and until when. */
async function fromHeader(request: FastifyRequest, parts: TicketParts): Promise<Opener> {
  const userId = userOf(request)
  const { caller } = request
  if (caller.kind === 'key') return { userId, credential: { kind: 'key', keyId: caller.keyId } }
  const known = await parts.verifyUserToken(bearer(request.headers) ?? '')
  if (known === null) throw new CarillonError('unauthorized')
  return { userId, credential: { kind: 'user', userId, expiresAt: known.expiresAt } }
}

const hashOf = (ticket: string): string => hash('sha256', ticket)
