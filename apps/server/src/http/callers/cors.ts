import type { IncomingMessage } from 'node:http'
import { HOPS_HEADER } from '../../domain/hops.ts'
import { CarillonError } from '../../errors.ts'
import type { AllowedOrigins } from '../../security/origins.ts'

/** Headers that pages may send. A test keeps them equal to those that the hub reads and a page can set. */
export const ALLOWED_HEADERS = ['Authorization', 'Cache-Control', HOPS_HEADER, 'Carillon-User', 'Content-Type', 'Idempotency-Key', 'Last-Event-ID', 'X-Api-Key']
/** Headers that pages may read, beside those that every page may. A test keeps them equal to those that the hub sends. */
export const EXPOSED_HEADERS = ['Allow', 'Idempotency-Replayed', 'Retry-After', 'WWW-Authenticate']
/** Seconds for which a browser remembers a preflight; Chromium takes no more. */
const MAX_AGE = 7200

export interface CorsParts {
  /** The origin of the hub itself. */
  own: string
  allowed: AllowedOrigins
}

type Head = Pick<IncomingMessage, 'headers' | 'method'>

/**
 * Pages of other origins (https://fetch.spec.whatwg.org/#http-cors-protocol). Nothing that a browser adds by itself is ever asked for: callers show
 * a token, so no answer has Access-Control-Allow-Credentials. Answers depend on the header Origin, and say so in Vary.
 */
export function createCors({ own, allowed }: CorsParts) {
  const known = new Set(allowed === '*' ? [] : [own, ...allowed])
  const allows = (origin: string): boolean => allowed === '*' || known.has(origin)

  /** A browser says itself that the page is ours, whatever a proxy does to the names: a page cannot set these headers. */
  const isSame = (origin: string, { headers }: Head): boolean =>
    headers['sec-fetch-site'] === 'same-origin' || (headers.host !== undefined && [`https://${headers.host}`, `http://${headers.host}`].includes(origin))

  return {
    /** For every answer, refusals included: without them a page cannot read why it was refused. */
    headersFor: (origin: string | undefined): Record<string, string> =>
      origin !== undefined && allows(origin)
        ? { vary: 'Origin', 'access-control-allow-origin': allowed === '*' ? '*' : origin, 'access-control-expose-headers': EXPOSED_HEADERS.join(', ') }
        : VARY,

    /** `origin_not_allowed` for a page of a foreign origin. A request without Origin comes from no page, or reads as its own page does. */
    refusal(request: Head): CarillonError | undefined {
      const { origin } = request.headers
      if (origin === undefined || allows(origin) || isSame(origin, request)) return undefined
      return new CarillonError('origin_not_allowed', {
        errors: [{ pointer: '/header/origin', message: `must be ${own} or one of the origins in CARILLON_ALLOWED_ORIGINS, which an operator sets` }],
      })
    },

    isPreflight: ({ method, headers }: Head): boolean =>
      method === 'OPTIONS' && headers.origin !== undefined && headers['access-control-request-method'] !== undefined,

    /** The answer to the preflight of a path with these methods. */
    preflight: (methods: readonly string[]): Record<string, string> => ({
      'access-control-allow-methods': methods.join(', '),
      'access-control-allow-headers': ALLOWED_HEADERS.join(', '),
      'access-control-max-age': String(MAX_AGE),
    }),
  }
}

const VARY = { vary: 'Origin' }

export type Cors = ReturnType<typeof createCors>
