import { ServerResponse, STATUS_CODES } from 'node:http'
import type { Duplex } from 'node:stream'
import type { CarillonError } from '../../errors.ts'
import { newRequestId } from '../requests/request-id.ts'
import { SECURITY_HEADERS } from '../security-headers.ts'
import { toProblem } from './problem.ts'

/** How long a refused connection may still send before it is destroyed: closed at once, the answer could be lost to a reset. */
const LINGER_MS = 500

/** The headers and the body of a problem that ends its connection. */
export function closingProblem(error: CarillonError, extra: Record<string, string> = {}): { headers: Record<string, string>; body: string } {
  const body = JSON.stringify(toProblem(error, newRequestId()))
  const headers = {
    ...SECURITY_HEADERS,
    ...extra,
    'content-type': 'application/problem+json',
    'content-length': String(Buffer.byteLength(body)),
    connection: 'close',
  }
  return { headers, body }
}

const answered = new WeakSet<Duplex>()

/**
 * Answers on a connection on which Node gives no response object, and closes it: the parser cannot know where a next request begins. Requests
 * before it on the same connection are answered first.
 */
export function refuseConnection(socket: Duplex, error: CarillonError, extra: Record<string, string> = {}): void {
  if (answered.has(socket)) return
  answered.add(socket)
  const before = responseOn(socket)
  if (before?.req.complete) before.once('finish', () => endWithProblem(socket, error, extra))
  // The answer to this very request has begun already: a second one would be read as part of it.
  else if (before?.headersSent) linger(socket.end())
  else endWithProblem(socket, error, extra)
}

/** The same at once. */
export function endWithProblem(socket: Duplex, error: CarillonError, extra: Record<string, string> = {}): void {
  if (!socket.writable) return void socket.destroy()
  const { headers, body } = closingProblem(error, extra)
  const lines = Object.entries({ date: new Date().toUTCString(), ...headers }).map(([name, value]) => `${name}: ${value}\r\n`)
  linger(socket.end(`HTTP/1.1 ${error.status} ${STATUS_CODES[error.status] ?? ''}\r\n${lines.join('')}\r\n${body}`))
}

function linger(socket: Duplex): void {
  socket.on('error', () => {}) // `close` follows
  setTimeout(() => socket.destroy(), LINGER_MS).unref()
}

/** The response that Node is about to write on this socket. Node’s own answer to broken requests looks at the same field. */
export function responseOn(socket: Duplex): ServerResponse | null {
  const current: unknown = '_httpMessage' in socket ? socket._httpMessage : null
  return current instanceof ServerResponse ? current : null
}
