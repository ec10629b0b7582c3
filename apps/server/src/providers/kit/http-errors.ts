import { errors } from 'undici'
import type { DeliveryFailure } from '../../domain/delivery.ts'
import { DAY, type Millis, SECOND } from '../../domain/time.ts'
import { OutboundDenied } from '../../security/outbound.ts'
import type { HttpResponse } from './contract.ts'
import { DeliveryError, type DeliveryErrorOptions } from './delivery-error.ts'
import { quoting, type Said } from './said.ts'

/** What a status means when the vendor's own documentation says nothing else. */
export function failureOf(status: number): DeliveryFailure {
  if (status === 401 || status === 403) return 'misconfigured'
  if (status === 404 || status === 410) return 'unreachable'
  if (status === 408 || status === 425 || status === 429 || status >= 500) return 'temporary'
  return 'rejected'
}

/**
 * The error of an answer that is no success. Redirects are never followed: they mean a wrong address or a login page, which whoever
 * configured it must fix. `where` is scheme and host only: secrets live in paths. `failure` overrides the house's reading of the status,
 * `options` whatever else the vendor said, in its own words too.
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
  const retryAfterMs = failure === 'temporary' ? parseRetryAfter(response.headers['retry-after'], now) : undefined
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

/**
 * `Retry-After` (RFC 9110 10.2.3) as milliseconds from `now`: seconds, decimal seconds as some vendors send, or an HTTP date.
 * Never below 1 s nor above 24 h; undefined when it is absent or unreadable.
 */
export function parseRetryAfter(value: string | undefined, now: Millis): number | undefined {
  if (value === undefined) return undefined
  const text = value.trim()
  if (/^[+-]?\d+(\.\d+)?$/.test(text)) return clampWait(Number(text) * SECOND)
  const at = /[A-Za-z]/.test(text) ? Date.parse(text) : Number.NaN
  return Number.isNaN(at) ? undefined : clampWait(at - now)
}

/** A wait that a vendor asked for, milliseconds: at least 1 s, at most 24 h. */
export const clampWait = (ms: number): number => Math.min(Math.max(Math.ceil(ms), SECOND), DAY)

/** Whether an answer begins as a web page does, after a byte order mark and blanks, in however many pieces it came. */
export function isPage(chunks: Buffer[]): boolean {
  const body = chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks)
  let at = body.subarray(0, 3).equals(BOM) ? 3 : 0
  while (at < body.length && body[at]! <= 0x20) at++
  return body[at] === 0x3c && /^<(!doctype\s+html|html|head)\b/i.test(body.toString('latin1', at, at + 32))
}

const BOM = Buffer.from('\ufeff')

/** A vendor of messages answers with no web page: a login wall, a captive portal or another site stands in its place, whatever its status says. */
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
 * For an address that stands in a connection's settings: the guard's refusal is then the operator's to mend, not this message's fault,
 * and another connection may try. Every other error comes back as it is.
 */
export const blameConnection = (error: unknown): unknown =>
  error instanceof DeliveryError && error.code === 'address_not_allowed'
    ? new DeliveryError('misconfigured', error.message, { code: error.code, cause: error.cause })
    : error

/** The same as the second half of a promise: `.catch(blame)`. */
export const blame = (error: unknown): never => {
  throw blameConnection(error)
}

/** Codes of OpenSSL and Node for a certificate or handshake that repeating will not change. */
const TLS = /^(CERT_|ERR_TLS_|ERR_SSL_|UNABLE_TO_|SELF_SIGNED_|DEPTH_ZERO_|HOSTNAME_MISMATCH|INVALID_CA|PATH_LENGTH_|EPROTO$)/

/** What a failed connection or exchange means. `sent`: the whole request was written, so the vendor may have acted on it. */
export function networkError(error: Error, where: string, sent: boolean): DeliveryError {
  if (error instanceof DeliveryError) return error
  if (error instanceof OutboundDenied) return new DeliveryError('rejected', error.message, { code: error.code, cause: error })
  const code = 'code' in error && typeof error.code === 'string' ? error.code : ''
  if (TLS.test(code)) return new DeliveryError('misconfigured', `${where} has no certificate that we can trust (${code})`, { code: 'tls', cause: error })
  // undici refuses a path or header that cannot be written; its message may quote them.
  if (code === 'UND_ERR_INVALID_ARG' || code === 'UND_ERR_NOT_SUPPORTED')
    return new DeliveryError('rejected', `A request to ${where} cannot be written: a header or the address holds characters that HTTP does not allow`, {
      code: 'invalid_request',
    })
  const [name, sentence] =
    NETWORK[code] ??
    (error instanceof errors.HTTPParserError ? ['bad_answer', 'answered with something that is not HTTP'] : ['network', 'could not be reached'])
  return new DeliveryError('temporary', `${where} ${sentence}`, { code: name, maybeDelivered: sent, cause: error })
}
