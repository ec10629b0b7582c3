import { hash, randomBytes } from 'node:crypto'
import type { FastifyRequest } from 'fastify'
import type { Account, Opener } from '../../domain/caller.ts'
import { type Millis, toIso } from '../../domain/time.ts'
import { CarillonError, INACTIVE_USER } from '../../errors.ts'
import type { App } from '../app.ts'
import { userOf } from '../callers/caller.ts'
import { NoBody, Ticket } from '../v1/schemas/inbox.ts'

export interface TicketParts {
  tickets: {
    /** Answers when it expires. */
    issue(hash: string, opener: Opener): Promise<Millis>
    /** Uses the ticket up; null when it cannot be used. */
    redeem(hash: string): Promise<Opener | null>
  }
  /** Null when there is no such user. */
  account: (userId: string) => Promise<Account | null>
  /** Checked when a ticket is used and with every heartbeat of a stream. Null: the key, the token or the user has ended. */
  stillGood: (opener: Opener) => Promise<Opener | null>
}

/** POST /v1/inbox/tickets: a ticket for the URL of one stream, valid once within 60 s. Only its hash is stored. */
export function ticketRoute(app: App, parts: TicketParts): void {
  app.post('/v1/inbox/tickets', { config: { own: true }, schema: { body: NoBody, response: { 201: Ticket } } }, async (request, reply) => {
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
  const opener = redeemed && (await parts.stillGood(redeemed))
  if (opener === null)
    throw new CarillonError('unauthorized', {
      detail: 'This ticket is not known, was used, is older than 60 s, or who asked for it has lost access; POST /v1/inbox/tickets makes a new one.',
      errors: [{ pointer: '/query/ticket', message: 'is not a ticket that can be used' }],
    })
  return opener
}

/** The guard has let the request in; what is asked here is by what, and for which user of this id. Throws `conflict` for an inactive one. */
async function fromHeader(request: FastifyRequest, parts: TicketParts): Promise<Opener> {
  const userId = userOf(request)
  const { credential } = request
  if (credential.kind === 'user') return { userId, epoch: credential.epoch, credential }
  const account = await parts.account(userId)
  if (account?.active === false) throw new CarillonError('conflict', { detail: INACTIVE_USER })
  return { userId, epoch: account?.epoch ?? null, credential }
}

const hashOf = (ticket: string): string => hash('sha256', ticket)
