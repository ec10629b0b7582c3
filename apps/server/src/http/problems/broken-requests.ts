import { type IncomingMessage, METHODS, type Server, type ServerOptions, type ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import { SECOND } from '../../domain/time.ts'
import { CarillonError, type ErrorOptions } from '../../errors.ts'
import { closingProblem, refuseConnection, responseOn } from './raw-problem.ts'

/** Limits of one request; times in milliseconds. */
export interface RequestLimits {
  headersMs: number
  requestMs: number
  /** How often Node looks for connections beyond a limit of time. */
  checkMs: number
  /** Bytes of the request line and all headers. */
  headerBytes: number
}

export const REQUEST_LIMITS: RequestLimits = { headersMs: 10 * SECOND, requestMs: 30 * SECOND, checkMs: SECOND, headerBytes: 16 * 1024 }

/** The options of Node’s server for these limits. */
export const serverOptions = (limits: RequestLimits): ServerOptions => ({
  requestTimeout: limits.requestMs,
  headersTimeout: limits.headersMs,
  connectionsCheckingInterval: limits.checkMs,
  maxHeaderSize: limits.headerBytes,
  keepAliveTimeout: 72 * SECOND,
  requireHostHeader: false, // requests/request-head.ts looks
})

type MethodsOf = (url: string) => string[]
/** The headers with which a page of an origin may read the answer. */
type ForOrigin = (origin: string | undefined) => Record<string, string>

/** Requests that Node’s HTTP parser refuses never reach a route. This is the handler of the server’s event `clientError`. */
export function createBrokenRequests(limits: RequestLimits, methodsOf: MethodsOf, forOrigin: ForOrigin): (error: Error, socket: Duplex) => void {
  return (error, socket) => {
    const code = 'code' in error ? String(error.code) : ''
    // The connection is gone: nobody is left to be told.
    if (!code.startsWith('HPE_') && code !== 'ERR_HTTP_REQUEST_TIMEOUT') return void socket.destroy()
    const unknown = code === 'HPE_INVALID_METHOD' ? requestOf(error) : null
    const page = forOrigin(originOf(error, socket))
    if (unknown !== null) return refuseMethod(socket, methodsOf(unknown), page)
    refuseConnection(socket, refusalOf(code, error, limits), page)
  }
}

/** The other events with which Node hands over a request that it does not route. */
export function answerUnrouted(server: Server, methodsOf: MethodsOf, forOrigin: ForOrigin): void {
  // Without this bound Node would drop further headers in silence; `headerBytes` is the bound.
  server.maxHeadersCount = 0
  server.on('connect', ({ url = '' }: IncomingMessage, socket: Duplex) => refuseMethod(socket, methodsOf(url), {}))
  server.on('checkExpectation', ({ headers: { origin } }: IncomingMessage, response: ServerResponse) => {
    const error = new CarillonError('expectation_failed', { errors: [{ pointer: '/header/expect', message: 'must be 100-continue, or left out' }] })
    const { headers, body } = closingProblem(error, forOrigin(origin))
    response.writeHead(error.status, headers).end(body)
  })
}

function refuseMethod(socket: Duplex, allowed: string[], page: Record<string, string>): void {
  if (allowed.length === 0) refuseConnection(socket, new CarillonError('not_found'), page)
  else refuseConnection(socket, new CarillonError('method_not_allowed'), { ...page, allow: allowed.join(', ') })
}

/** Of a request that was parsed up to its body, or in the bytes that the parser refused: a page can make headers too large, or send too slowly. */
function originOf(error: Error, socket: Duplex): string | undefined {
  const parsed = responseOn(socket)?.req.headers.origin
  const packet: unknown = 'rawPacket' in error ? error.rawPacket : null
  return parsed ?? (Buffer.isBuffer(packet) ? /\r\norigin:[ \t]*([\x21-\x7e]{1,255})[ \t]*\r\n/i.exec(packet.toString('latin1'))?.[1] : undefined)
}

/** The target of a request line that is well formed apart from its method; null for anything else, such as the first bytes of TLS. */
function requestOf(error: Error): string | null {
  const packet: unknown = 'rawPacket' in error ? error.rawPacket : null
  if (!Buffer.isBuffer(packet)) return null
  const line = /^([!#$%&'*+.^_`|~0-9A-Za-z-]{1,64}) (\/\S*) HTTP\/1\.[01]\r?\n/.exec(packet.toString('latin1', 0, 4096))
  // A packet may begin with a good request that stands before the broken one.
  return line === null || METHODS.includes(line[1]!) ? null : line[2]!
}

function refusalOf(code: string, error: Error, limits: RequestLimits): CarillonError {
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT')
    return new CarillonError('request_timeout', {
      detail: `The request line and headers must arrive within ${limits.headersMs / SECOND} s, the whole request within ${limits.requestMs / SECOND} s.`,
    })
  if (code === 'HPE_HEADER_OVERFLOW')
    return new CarillonError('headers_too_large', { detail: `The request line and headers are larger than the limit of ${limits.headerBytes} bytes.` })
  return new CarillonError('malformed_request', FAULTS[code] ?? reasonOf(error))
}

const header = (name: string, message: string): ErrorOptions => ({
  detail: `The header ${name} ${message}.`,
  errors: [{ pointer: `/header/${name}`, message }],
})
const body = (message: string): ErrorOptions => ({ detail: `The body ${message}.`, errors: [{ pointer: '', message }] })

/** The parser’s codes (https://github.com/nodejs/llhttp) for which we can name the place. */
const FAULTS: { [code: string]: ErrorOptions } = {
  HPE_INVALID_CONTENT_LENGTH: header('content-length', 'must be a number of bytes'),
  HPE_UNEXPECTED_CONTENT_LENGTH: header('content-length', 'must be sent once, and not beside transfer-encoding'),
  HPE_INVALID_TRANSFER_ENCODING: header('transfer-encoding', 'must be chunked, or left out'),
  HPE_INVALID_HEADER_TOKEN: { detail: 'A header has a name or value that HTTP does not allow.' },
  HPE_INVALID_CHUNK_SIZE: body('has a chunk without a valid size'),
  HPE_CHUNK_EXTENSIONS_OVERFLOW: body('has chunk extensions above the limit of 16 KiB'),
  HPE_INVALID_EOF_STATE: body('ended before it was complete'),
  HPE_INVALID_URL: {
    detail: 'The URL holds characters that a URL must not contain: percent-encode them as UTF-8, é as %C3%A9.',
    errors: [{ pointer: '/path', message: 'must be ASCII; percent-encode other characters as UTF-8, é as %C3%A9' }],
  },
}

/** The parser’s own short sentence; never anything that was sent. */
function reasonOf(error: Error): ErrorOptions {
  const reason: unknown = 'reason' in error ? error.reason : null
  return typeof reason === 'string' && /^[\x20-\x7e]{1,100}$/.test(reason) ? { detail: `The request is not valid HTTP/1.1: ${reason}.` } : {}
}
