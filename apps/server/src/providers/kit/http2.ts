import { type ClientHttp2Session, connect, constants, type OutgoingHttpHeaders } from 'node:http2'
import { MINUTE, SECOND } from '../../domain/time.ts'
import type { Http } from './contract.ts'
import { DeliveryError } from './delivery-error.ts'
import { networkError } from './http-errors.ts'

export interface Http2Answer {
  status: number
  /** At most 64 KiB of the body, UTF-8. */
  text: string
}

/** One long-lived HTTP/2 connection per origin, opened through the outbound guard (RFC 9113). */
export interface Http2Client {
  /** `where` in errors is the origin. Returns every response; throws a `DeliveryError` when none arrived. */
  post(http: Http, origin: string, path: string, headers: OutgoingHttpHeaders, body: string): Promise<Http2Answer>
  /** The next request opens a new connection; requests in flight finish on the old one. */
  renew(origin: string): void
  close(): void
}

export interface Http2Options {
  /** PEM of the only trusted authority, in place of the system's. */
  ca?: string
  /** Timeout of DNS, TCP and TLS together, milliseconds. */
  connectMs?: number
  deadlineMs?: number
}

interface Line {
  session: ClientHttp2Session
  /** The last stream that the server promised to answer before a GOAWAY; null without one. */
  lastAnswered: number | null
  /** No new requests on this connection; requests in flight may finish. */
  retire(): void
}

const MAX_BODY = 65_536
/** An idle connection may be dead without notice; opening a new one is cheaper than testing it. */
const IDLE = 10 * MINUTE

export function createHttp2Client({ ca, connectMs = 5 * SECOND, deadlineMs = 15 * SECOND }: Http2Options): Http2Client {
  const lines = new Map<string, Promise<Line>>()

  function lineTo(origin: string, http: Http): Promise<Line> {
    const known = lines.get(origin)
    if (known) return known
    const drop = () => {
      if (lines.get(origin) === opening) lines.delete(origin)
    }
    const opening = open(origin, http, drop)
    lines.set(origin, opening)
    opening.catch(drop)
    return opening
  }

  async function open(origin: string, http: Http, drop: () => void): Promise<Line> {
    const { hostname, port } = new URL(origin)
    const tls = { ALPNProtocols: ['h2'], ...(ca === undefined ? {} : { ca }) }
    const socket = await http.dial({ host: hostname, port: Number(port) || 443, use: 'web', tls, timeoutMs: connectMs })
    if (!('alpnProtocol' in socket) || socket.alpnProtocol !== 'h2') {
      socket.destroy()
      throw new DeliveryError('misconfigured', `${origin} does not speak HTTP/2`, { code: 'no_h2' })
    }
    const session = connect(origin, { createConnection: () => socket })
    const retire = () => {
      drop()
      session.close()
    }
    const line: Line = { session, lastAnswered: null, retire }
    session.on('goaway', (_code, last) => {
      line.lastAnswered = last
      drop()
    })
    session.on('close', drop)
    // Every stream reports its own error.
    session.on('error', () => {})
    session.setTimeout(IDLE, retire)
    return line
  }

  return {
    async post(http, origin, path, headers, body) {
      const request = { ':method': 'POST', ':path': path, ...headers }
      const answer =
        (await exchange(await lineTo(origin, http), origin, request, body, deadlineMs)) ??
        (await exchange(await lineTo(origin, http), origin, request, body, deadlineMs))
      if (answer === null) throw new DeliveryError('temporary', `${origin} closed the connection twice before it took the message`, { code: 'shutdown' })
      return answer
    },
    renew: (origin) => void lines.delete(origin),
    close() {
      for (const line of lines.values()) line.then(({ session }) => session.destroy()).catch(() => {})
      lines.clear()
    },
  }
}

/** One request on one stream. Null: the server certainly did not process it (RFC 9113 6.8, 8.7), so it may be sent again. */
function exchange(line: Line, origin: string, headers: OutgoingHttpHeaders, body: string, deadlineMs: number): Promise<Http2Answer | null> {
  const { session } = line
  if (session.closed || session.destroyed || line.lastAnswered !== null) return Promise.resolve(null)
  const stream = session.request(headers)
  return new Promise((resolve, reject) => {
    let status = 0
    let size = 0
    let failure = new Error('the stream ended without an answer')
    const chunks: Buffer[] = []
    const timer = setTimeout(() => {
      const maybeDelivered = !stream.pending
      reject(new DeliveryError('temporary', `${origin} did not answer in time`, { code: 'timeout', maybeDelivered }))
      // After a timeout no new request uses this connection, but those in flight may still be answered.
      if (stream.pending) stream.destroy()
      else stream.close(constants.NGHTTP2_CANCEL)
      line.retire()
    }, deadlineMs)
    stream.on('response', (answer) => {
      status = Number(answer[':status'])
    })
    stream.on('data', (chunk: Buffer) => {
      size += chunk.length
      if (size <= MAX_BODY) chunks.push(chunk)
    })
    stream.on('error', (error) => {
      failure = error
    })
    stream.on('close', () => {
      clearTimeout(timer)
      if (status !== 0) return resolve({ status, text: Buffer.concat(chunks).toString('utf8') })
      const unread = line.lastAnswered !== null && (stream.id === undefined || stream.id > line.lastAnswered)
      if (unread || stream.pending || stream.rstCode === constants.NGHTTP2_REFUSED_STREAM) return resolve(null)
      reject(networkError(failure, origin, true))
    })
    stream.end(body)
  })
}
