import errors from 'undici/lib/core/errors.js'
import type { DeliveryFailure } from '../../domain/delivery.ts'
import { DAY, type Millis, SECOND } from '../../domain/time.ts'
import { OutboundDenied, ProxyFailure } from '../../security/outbound.ts'
import type { HttpResponse } from './contract.ts'
import { DeliveryError, type DeliveryErrorOptions } from './delivery-error.ts'
import { isNotTls } from './not-tls.ts'
import { quoting, type Said } from './said.ts'

/** The default classification of a status, where the vendor's documentation says nothing else. */
export function failureOf(status: number): DeliveryFailure {
  if (status === 401 || status === 403) return 'misconfigured'
  if (status === 404 || status === 410) return 'unreachable'
  if (status === 408 || status === 425 || status === 429 || status >= 500) return 'temporary'
  return 'rejected'
}

/**
 * The error for a response that is not a success. Redirects are never followed: they mean a wrong address or a login page, which the
 * operator or owner must fix. `where` is scheme and host only, because paths contain secrets. `failure` overrides the default
 * classification; `options` adds what else the vendor reported.
 */
export function statusError(
  where: string,
  response: Pick<HttpResponse, 'status' | 'headers'>,
  now: Millis,
  failure: DeliveryFailure = failureOf(response.status),
  options: DeliveryErrorOptions & Said = {},
): DeliveryError {
  const { status } = response
  const redirect = status >= 300 && status < 400
  const retryAfterMs = failure === 'temporary' ? waitOf(response, now) : undefined
  return new DeliveryError(
    redirect ? 'misconfigured' : failure,
    redirect ? `${where} answered ${status}, a redirect; give the final address` : quoting(`${where} answered ${status}`, options),
    {
      status,
      code: redirect ? 'redirect' : `http_${status}`,
      ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
      ...options,
    },
  )
}

/** The wait that a vendor asks for in its headers: `Retry-After`, or one of the names that are used in its place. */
function waitOf({ status, headers }: Pick<HttpResponse, 'status' | 'headers'>, now: Millis): number | undefined {
  const asked = parseRetryAfter(headers['retry-after'], now)
  if (asked !== undefined) return asked
  for (const [name, unit, always] of WAITS) {
    const value = headers[name]
    // The end of the current window is sent with every answer; it is a wait only when the limit is reached.
    if (value !== undefined && (always || status === 429)) {
      const wait = waitIn(value, unit, now)
      if (wait !== undefined) return wait
    }
  }
  return undefined
}

/** https://learn.microsoft.com/azure/architecture/patterns/rate-limiting-pattern, https://datatracker.ietf.org/doc/draft-ietf-httpapi-ratelimit-headers/, and what vendors copied from each other. */
const WAITS: readonly [header: string, unit: Millis, always: boolean][] = [
  ['retry-after-ms', 1, true],
  ['x-ms-retry-after-ms', 1, true],
  ['x-retry-after', SECOND, true],
  ['x-ratelimit-reset-after', SECOND, false],
  ['ratelimit-reset', SECOND, false],
  ['x-ratelimit-reset', SECOND, false],
  ['x-rate-limit-reset', SECOND, false],
]

/** No wait in seconds is that long, and no time in seconds is that late: such a number is a time since 1970, in seconds or milliseconds. */
const EPOCH_SECONDS = 1_000_000_000
const EPOCH_MILLIS = 100_000_000_000

function waitIn(value: string, unit: Millis, now: Millis): number | undefined {
  const text = value.trim()
  if (!/^[+-]?\d{1,15}(\.\d{1,9})?$/.test(text)) return parseRetryAfter(text, now)
  const number = Number(text)
  if (number >= EPOCH_MILLIS) return clampWait(number - now)
  return clampWait(number >= EPOCH_SECONDS ? number * SECOND - now : number * unit)
}

/**
 * `Retry-After` (RFC 9110 10.2.3) as milliseconds from `now`: seconds, decimal seconds as some vendors send, a time since 1970, or an HTTP date. Of
 * several, as two proxies write them, the longest. At least 1 s and at most 24 h; undefined when absent or unreadable.
 */
export function parseRetryAfter(value: string | undefined, now: Millis): number | undefined {
  if (value === undefined) return undefined
  const text = value.trim().replace(/^"(.*)"$/, '$1')
  if (/^[\d.+-]+( ?, ?[\d.+-]+)+$/.test(text)) {
    const waits = text.split(',').map((one) => parseRetryAfter(one, now))
    return waits.every((wait) => wait !== undefined) ? Math.max(...waits) : undefined
  }
  const seconds = /^([+-]?\d{1,15}(?:\.\d{1,9})?) ?(?:s|secs?|seconds?)?$/i.exec(text)?.[1]
  if (seconds !== undefined) return waitIn(seconds, SECOND, now)
  // The oldest of the three forms of an HTTP date names no zone and means UTC; `Date.parse` would take the node's own.
  const at = /[A-Za-z]/.test(text) ? Date.parse(/ \d{4}$/.test(text) ? `${text} GMT` : text) : Number.NaN
  return Number.isNaN(at) ? undefined : clampWait(at - now)
}

/** Clamps a vendor's wait, milliseconds: at least 1 s, at most 24 h. */
export const clampWait = (ms: number): number => Math.min(Math.max(Math.ceil(ms), SECOND), DAY)

/** Whether a response begins like a web page, after a byte order mark and spaces, in any number of chunks. */
export function isPage(chunks: Buffer[]): boolean {
  const body = chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks)
  let at = body.subarray(0, 3).equals(BOM) ? 3 : 0
  while (at < body.length && body[at]! <= 0x20) at++
  return body[at] === 0x3c && /^<(!doctype\s+html|html|head)\b/i.test(body.toString('latin1', at, at + 32))
}

const BOM = Buffer.from('\ufeff')

/** A server that expects TLS answered to plain HTTP, with a status that says nothing of the message. */
export const plainError = (where: string, status: number): DeliveryError =>
  new DeliveryError('misconfigured', `${where} expects TLS on this port; begin the address with https://`, { code: 'tls', status })

/** A vendor's API never answers with a web page: it comes from a login wall, a captive portal or another site, whatever its status. */
export const pageError = (where: string, status: number): DeliveryError =>
  new DeliveryError('misconfigured', `${where} answered ${status} with a web page in place of its own answer; is the address right?`, {
    code: 'web_page',
    status,
  })

const NETWORK: Record<string, [code: string, sentence: string]> = {
  ENOTFOUND: ['dns', 'has a name that does not resolve; is it spelled right?'],
  EAI_AGAIN: ['dns', 'has a name that could not be resolved just now'],
  ECONNREFUSED: ['refused', 'refused the connection'],
  ECONNRESET: ['reset', 'closed the connection'],
  EPIPE: ['reset', 'closed the connection'],
  UND_ERR_SOCKET: ['reset', 'closed the connection'],
  ETIMEDOUT: ['timeout', 'did not accept a connection in time'],
  UND_ERR_CONNECT_TIMEOUT: ['timeout', 'did not accept a connection in time'],
  EHOSTUNREACH: ['network', 'cannot be reached from here'],
  ENETUNREACH: ['network', 'cannot be reached from here'],
  UND_ERR_HEADERS_OVERFLOW: ['bad_answer', 'answered with more headers than we read'],
}

/**
 * For an address in a connection's settings: a refusal of the outbound guard is then for the operator to fix, not a fault of the message,
 * and another connection may try. Every other error is returned unchanged.
 */
export const blameConnection = (error: unknown): unknown =>
  error instanceof DeliveryError && error.code === 'address_not_allowed'
    ? new DeliveryError('misconfigured', error.message, { code: error.code, cause: error.cause })
    : error

/** The same for a rejected promise: `.catch(blame)`. */
export const blame = (error: unknown): never => {
  throw blameConnection(error)
}

/** Codes of OpenSSL and Node for a certificate or handshake error that a retry will not fix. */
const TLS = /^(CERT_|ERR_TLS_|ERR_SSL_|UNABLE_TO_|SELF_SIGNED_|DEPTH_ZERO_|HOSTNAME_MISMATCH|INVALID_CA|PATH_LENGTH_|EPROTO$)/

/** The classification of a failed connection or exchange. `sent`: the whole request was written, so the vendor may have acted on it. */
export function networkError(error: Error, where: string, sent: boolean): DeliveryError {
  if (error instanceof DeliveryError) return error
  // What a person named counts against that person's destination, as every other failure to reach it does.
  if (error instanceof OutboundDenied)
    return new DeliveryError(error.namedBy === 'person' ? 'misconfigured' : 'rejected', error.message, { code: error.code, cause: error })
  if (error instanceof ProxyFailure) return proxyError(error, where)
  const code = 'code' in error && typeof error.code === 'string' ? error.code : ''
  if (TLS.test(code) && isNotTls(error))
    return new DeliveryError(
      'misconfigured',
      `${where} does not speak TLS on this port; ${/^https:/.test(where) ? 'begin the address with http://, or name the port for https' : 'choose the port for TLS, or no TLS'}`,
      {
        code: 'tls',
        cause: error,
      },
    )
  if (TLS.test(code)) return new DeliveryError('misconfigured', `${where} has no certificate that we can trust (${code})`, { code: 'tls', cause: error })
  // undici refuses an invalid path or header; its message may quote them.
  if (code === 'UND_ERR_INVALID_ARG' || code === 'UND_ERR_NOT_SUPPORTED')
    return new DeliveryError('rejected', `A request to ${where} cannot be written: a header or the address holds characters that HTTP does not allow`, {
      code: 'invalid_request',
    })
  const [name, sentence] =
    NETWORK[code] ??
    (error instanceof errors.HTTPParserError
      ? ['bad_answer', `answered with something that is not HTTP${/^http:/.test(where) ? '; does the server expect https://?' : ''}`]
      : ['network', 'could not be reached'])
  return new DeliveryError('temporary', `${where} ${sentence}`, { code: name, maybeDelivered: sent, cause: error })
}

/** What fails between hub and server before a byte was sent. The proxy is the operator's, so an operator corrects it. */
function proxyError({ message, fault, lasting, setBy, status }: ProxyFailure, where: string): DeliveryError {
  const own = setBy === 'connection'
  const variable = lasting && !own ? ' (CARILLON_OUTBOUND_PROXY)' : ''
  return new DeliveryError(lasting ? 'misconfigured' : 'temporary', `${where} was not reached: ${message}${variable}`, {
    code: fault === 'own' ? 'proxy' : 'proxy_path',
    about: 'connection',
    ...(lasting && own ? { field: '/settings/proxy' } : {}),
    ...(status === undefined ? {} : { status }),
  })
}
