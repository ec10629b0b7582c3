import websocket from '@fastify/websocket'
import type { FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import { CarillonError } from '../../errors.ts'
import { type Resync, wsText } from '../../inbox/frames.ts'
import type { Sink } from '../../inbox/reader.ts'
import type { App } from '../app.ts'
import { endWithProblem } from '../problems/raw-problem.ts'
import { StreamQuery } from '../v1/schemas/inbox.ts'
import { createFlush } from './flush.ts'
import type { Admitted, StreamGate, StreamParts } from './gate.ts'

const PATH = '/v1/inbox/ws'

/** The parts of a `ws` socket that we use. */
interface Socket {
  readonly bufferedAmount: number
  readonly readyState: number
  send(text: string, taken: () => void): void
  ping(): void
  close(code: number, reason: string): void
  terminate(): void
  on(event: 'close' | 'pong' | 'error', heard: () => void): void
}

const OPEN = 1
/** Heartbeats without a response after which a peer counts as gone. */
const MAX_SILENT = 2

/** RFC 6455 section 7.4: 1001 going away, 1013 try again later; 4000-4999 are ours: 4401 like HTTP 401, 4408 like 408. */
const CODES: { [reason in Resync['reason']]?: number } = { stopping: 1001, unavailable: 1013, signed_out: 4401, slow: 4408 }

/** For the OpenAPI document only. */
const Switched = Type.Null({ description: 'A WebSocket, with the frames of /v1/inbox/stream as JSON messages' })

/** GET /v1/inbox/ws: the frames of the SSE stream as JSON messages. Messages from the client are ignored. */
export async function wsRoute(app: App, parts: StreamParts, { check, of }: StreamGate): Promise<void> {
  await app.register(websocket, {
    options: { maxPayload: 1024, perMessageDeflate: false }, // a compressor per socket would cost more than the rest of it
    errorHandler: (_error, socket) => socket.terminate(),
  })
  // A handshake that the library refuses after the checks of the route.
  app.websocketServer.on('wsClientError', ({ message }, socket) =>
    endWithProblem(socket, new CarillonError('malformed_request', { detail: `The handshake is not valid: ${message}.` })),
  )
  // Other requests with an Upgrade header (curl offers h2c) are answered as if they had none.
  Object.assign(app.server, { shouldUpgradeCallback: ({ url = '' }: { url?: string }) => url === PATH || url.startsWith(`${PATH}?`) })

  app.get(
    PATH,
    {
      config: { own: true, ticket: true },
      websocket: true,
      onRequest: [check, needUpgrade],
      schema: { querystring: StreamQuery, response: { 101: Switched } },
    },
    (socket: Socket, request) => {
      const { opening, seal } = of(request)
      const { sink, taken } = wsSink(socket, seal)
      const close = parts.feed.open({ ...opening, sink })
      socket.on('close', () => {
        close()
        taken()
      })
    },
  )
}

/** A request that the library would answer with a bare 404: who asks was checked as for any other. */
async function needUpgrade({ ws }: FastifyRequest): Promise<void> {
  if (!ws) throw new CarillonError('upgrade_required')
}

function wsSink(socket: Socket, seal: Admitted['seal']): { sink: Sink; taken: () => void } {
  const gone = (): boolean => socket.readyState !== OPEN
  const buffered = (): number => socket.bufferedAmount
  const { taken, flushed } = createFlush(buffered, gone)
  let silent = 0
  socket.on('pong', () => {
    silent = 0
  })
  const sink: Sink = {
    send: (frame) => {
      if (!gone()) socket.send(wsText(frame, seal(frame.id)), taken)
    },
    beat: () => {
      if (silent++ >= MAX_SILENT) return socket.terminate()
      if (!gone()) socket.ping()
    },
    buffered,
    flushed,
    end: (reason) => socket.close(CODES[reason] ?? 1000, reason),
    destroy: () => socket.terminate(),
  }
  return { sink, taken }
}
