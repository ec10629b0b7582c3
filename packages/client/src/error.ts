import type { ErrorCode, FieldError, Problem } from './types.ts'

/** A code of the hub, or the SDK's own: `unreachable`, `aborted`, and `http_<status>` for the page of a proxy. A newer hub may send codes that this version does not know. */
export type CarillonErrorCode = ErrorCode | 'unreachable' | 'aborted' | `http_${number}` | (string & {})

/** An error response of the hub, or no response at all (`code` is then `unreachable` or `aborted`, `status` 0). Match `code`; sentences may change. */
export class CarillonError extends Error {
  readonly code: CarillonErrorCode
  readonly status: number
  readonly errors: FieldError[]
  /** Seconds, if the hub asked for a wait. */
  readonly retryAfter: number | undefined
  /** Identifies the request in the hub's log. */
  readonly requestId: string | undefined

  constructor(problem: Partial<Problem> & { code: string; detail: string }, options: { retryAfter?: number | undefined; cause?: unknown } = {}) {
    super(problem.detail, options.cause === undefined ? {} : { cause: options.cause })
    this.name = 'CarillonError'
    this.code = problem.code
    this.status = problem.status ?? 0
    this.errors = problem.errors ?? []
    this.retryAfter = options.retryAfter
    this.requestId = problem.requestId
  }
}

/** Parses an error response; one that is not ours (a proxy's page) gets the code `http_<status>`. */
export async function errorOf(response: Response): Promise<CarillonError> {
  const retryAfter = secondsOf(response.headers.get('retry-after'))
  const body: unknown = await response.json().catch(() => null)
  if (isProblem(body)) return new CarillonError(body, { retryAfter })
  return new CarillonError({ code: `http_${response.status}`, status: response.status, detail: `The answer was ${response.status}.` }, { retryAfter })
}

/** No answer at all. `fetch` says only that it failed; what it was is in the causes behind. */
export function unreachable(base: string, cause: unknown): CarillonError {
  const inner = cause instanceof Error && cause.cause !== undefined ? cause.cause : cause
  const code = codeOf(inner)
  // The words of OpenSSL name a line of its source.
  const why = code.startsWith('ERR_SSL_') ? `${code}; it may speak http, without the s` : wordsOf(inner) || code || wordsOf(cause)
  return new CarillonError({ code: 'unreachable', detail: `No answer from ${base}: ${why}` }, { cause })
}

const wordsOf = (cause: unknown): string => (cause instanceof Error ? cause.message : String(cause))
const codeOf = (cause: unknown): string => (typeof cause === 'object' && cause !== null && 'code' in cause ? String(cause.code) : '')

function isProblem(body: unknown): body is Problem {
  return typeof body === 'object' && body !== null && 'code' in body && typeof body.code === 'string' && 'detail' in body && typeof body.detail === 'string'
}

function secondsOf(header: string | null): number | undefined {
  if (header === null) return undefined
  const seconds = /^\d+$/.test(header) ? Number(header) : (Date.parse(header) - Date.now()) / 1000
  return Number.isFinite(seconds) ? Math.max(0, seconds) : undefined
}
