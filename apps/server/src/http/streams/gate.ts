import type { FastifyRequest } from 'fastify'
import { BOUNDS } from '../../domain/bounds.ts'
import { CarillonError, invalidField } from '../../errors.ts'
import type { Feed, Opening } from '../../inbox/feed.ts'
import { createPositions, FRAME_ID, type Positions } from './positions.ts'
import { type TicketParts, whoAsks } from './tickets.ts'

export interface StreamParts extends TicketParts {
  feed: Feed
  /** Seals the positions of streams: 32 bytes, the same on every node. */
  positionSecret: Uint8Array
}

/** A stream that may be opened, and what its sink writes as the id of a frame. */
export interface Admitted {
  opening: Omit<Opening, 'sink'>
  seal: Positions['seal']
}

/** The validated parameters of a stream request. This is the `onRequest` hook of both routes, so a refusal is a normal HTTP response. */
export type StreamGate = ReturnType<typeof createStreamGate>

export function createStreamGate({ feed, positionSecret, ...tickets }: StreamParts) {
  const positionsOf = createPositions(positionSecret)
  const admitted = new WeakMap<FastifyRequest, Admitted>()
  return {
    async check(request: FastifyRequest): Promise<void> {
      refuseTokenInUrl(request)
      const id = frameIdOf(request)
      let opener = await whoAsks(request, tickets)
      refuseCrowd(feed, opener.userId)
      const { seal, open } = positionsOf(opener.userId)
      admitted.set(request, {
        seal,
        opening: {
          after: id === null ? null : open(id),
          userId: opener.userId,
          async stillGood() {
            const now = await tickets.stillGood(opener)
            opener = now ?? opener
            return now !== null
          },
        },
      })
    },
    /** Throws `too_many_requests` when others of this user's streams opened meanwhile; the WebSocket plugin then ends the socket. */
    of(request: FastifyRequest): Admitted {
      const known = admitted.get(request)
      if (known === undefined) throw new CarillonError('unauthorized')
      refuseCrowd(feed, known.opening.userId)
      return known
    },
  }
}

/** A stream costs memory as long as it is open, whatever it does. */
function refuseCrowd(feed: Pick<Feed, 'hasRoom'>, userId: string): void {
  if (feed.hasRoom(userId)) return
  throw new CarillonError('too_many_requests', {
    detail: `One user may have at most ${BOUNDS.streams} streams open on one node; close one, or share one between tabs.`,
    retryAfter: 60,
  })
}

/** Query parameters in which people try to pass a token. URLs end up in logs, histories and Referer headers; a ticket there is already used up. */
const TOKEN_NAMES = ['token', 'access_token', 'accessToken', 'key', 'api_key', 'apiKey', 'authorization', 'bearer', 'auth']

function refuseTokenInUrl({ query }: FastifyRequest): void {
  if (typeof query !== 'object' || query === null) return
  const name = TOKEN_NAMES.find((known) => known in query)
  const ticket: unknown = 'ticket' in query ? query.ticket : undefined
  if (name === undefined && !(typeof ticket === 'string' && /^(?:ck_|ey)/.test(ticket))) return
  throw new CarillonError('invalid_request', {
    detail: 'A token never goes into a URL: send `Authorization: Bearer …`, or get a single-use ticket from POST /v1/inbox/tickets and send `?ticket=…`.',
    errors: [{ pointer: `/query/${name ?? 'ticket'}`, message: 'must not contain a token' }],
  })
}

/** Browsers send `Last-Event-ID` on reconnect; `?after=` is for clients that cannot set a header. */
function frameIdOf({ headers, query }: FastifyRequest): string | null {
  const header = headers['last-event-id']
  if (header !== undefined && header !== '') {
    if (typeof header !== 'string' || !FRAME_ID.test(header)) throw invalidField('/header/last-event-id', 'must be the id of a frame')
    return header
  }
  const after: unknown = typeof query === 'object' && query !== null && 'after' in query ? query.after : undefined
  return typeof after === 'string' && FRAME_ID.test(after) ? after : null // the schema refuses other formats
}
