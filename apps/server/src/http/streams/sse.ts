import type { ServerResponse } from 'node:http'
import { Type } from 'typebox'
import { sseText } from '../../inbox/frames.ts'
import type { Sink } from '../../inbox/reader.ts'
import type { App } from '../app.ts'
import { StreamQuery } from '../v1/schemas/inbox.ts'
import { createFlush } from './flush.ts'
import type { Admitted, StreamGate, StreamParts } from './gate.ts'

/** For the OpenAPI document only: streamed data bypasses the serializer. */
const Frames = {
  description: 'Frames `hello`, `notification`, `counts` and `resync`, until one side ends it',
  content: { 'text/event-stream': { schema: Type.String() } },
}

/** GET /v1/inbox/stream: server-sent events. Written directly: the frames are already serialised, and each reader's buffer is monitored. */
export function sseRoute(app: App, parts: StreamParts, { check, of }: StreamGate): void {
  app.get(
    '/v1/inbox/stream',
    { config: { own: true, ticket: true }, onRequest: check, schema: { querystring: StreamQuery, response: { 200: Frames } } },
    (request, reply) => {
      const { opening, seal } = of(request)
      const { raw } = reply
      const headers = reply.getHeaders()
      reply.hijack()
      if (raw.destroyed) return
      for (const [name, value] of Object.entries(headers)) if (value !== undefined) raw.setHeader(name, value)
      raw.writeHead(200, {
        'content-type': 'text/event-stream; charset=utf-8',
        'cache-control': 'no-store, no-transform',
        'x-accel-buffering': 'no', // otherwise nginx buffers frames
        connection: 'close', // a stream ends with its connection, so a stopping hub does not wait
      })
      raw.flushHeaders()
      const { sink, taken } = sseSink(raw, seal)
      const close = parts.feed.open({ ...opening, sink })
      raw.on('error', () => {}) // `close` follows
      raw.on('close', () => {
        close()
        taken()
      })
    },
  )
}

function sseSink(raw: ServerResponse, seal: Admitted['seal']): { sink: Sink; taken: () => void } {
  const buffered = (): number => raw.writableLength
  const { taken, flushed } = createFlush(buffered, () => raw.destroyed)
  const write = (text: string): void => {
    if (!raw.writableEnded && !raw.destroyed) raw.write(text, taken)
  }
  const sink: Sink = {
    send: (frame) => write(sseText(frame, seal(frame.id))),
    beat: () => write(': \n\n'),
    buffered,
    flushed,
    end: () => raw.end(),
    destroy: () => raw.destroy(),
  }
  return { sink, taken }
}
