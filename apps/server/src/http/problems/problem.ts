import type { Problem } from '@carillon/client'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { createAtMost } from '../../domain/at-most.ts'
import { quoted } from '../../domain/quoted.ts'
import { type Clock, SECOND } from '../../domain/time.ts'
import { CarillonError, ERRORS } from '../../errors.ts'
import { type AjvError, isAjvErrors, toFieldErrors } from '../../forms/field-errors.ts'

/** RFC 9457. `type` links to the code on the reference page. */
export const toProblem = (error: CarillonError, requestId: string): Problem => ({
  type: `/docs#error-${error.code}`,
  title: ERRORS[error.code][1],
  status: error.status,
  detail: error.message,
  code: error.code,
  errors: error.errors,
  requestId,
})

export function sendProblem(reply: FastifyReply, error: CarillonError, requestId: string): FastifyReply {
  if (error.retryAfter !== undefined) reply.header('retry-after', String(Math.max(1, Math.ceil(error.retryAfter))))
  if (error.status === 401) reply.header('www-authenticate', 'Bearer')
  return reply.code(error.status).type('application/problem+json').serializer(JSON.stringify).send(toProblem(error, requestId))
}

/** Fastify's exceptions: its own errors have a `code`, schema refusals a `validation` list. */
interface Thrown {
  code?: unknown
  statusCode?: unknown
  message?: unknown
  validation?: unknown
  validationContext?: unknown
}

/** The caller's error for any exception; null for a bug of ours. */
export function toCarillonError(thrown: unknown, bodyLimit: number): CarillonError | null {
  if (thrown instanceof CarillonError) return thrown
  if (typeof thrown !== 'object' || thrown === null) return null
  const { code, statusCode, message, validation, validationContext }: Thrown = thrown
  if (isAjvErrors(validation)) return refusedBySchema(validation, String(validationContext))
  switch (code) {
    case 'FST_ERR_CTP_BODY_TOO_LARGE':
      return new CarillonError('body_too_large', {
        detail: `The body is larger than the limit of ${bodyLimit} bytes.`,
        errors: [{ pointer: '', message: `is larger than the limit of ${bodyLimit} bytes` }],
      })
    case 'FST_ERR_CTP_INVALID_MEDIA_TYPE':
      return new CarillonError('unsupported_media_type', { errors: [{ pointer: '/header/content-type', message: 'must be application/json' }] })
    case 'FST_ERR_BAD_URL':
      return new CarillonError('invalid_request', { errors: [{ pointer: '/path', message: 'is not percent-encoded UTF-8; a % itself is written %25' }] })
    case 'FST_ERR_MAX_PARAM_LENGTH':
      return new CarillonError('invalid_request', { errors: [{ pointer: '/path', message: 'has a part that is longer than any id' }] })
    case 'FST_ERR_CTP_INVALID_CONTENT_LENGTH':
      return new CarillonError('invalid_request', { errors: [{ pointer: '/header/content-length', message: 'does not match the body' }] })
    default:
      return typeof statusCode === 'number' && statusCode >= 400 && statusCode < 500
        ? new CarillonError('invalid_request', { detail: `The request is not acceptable: ${quoted(String(message))}` })
        : null
  }
}

function refusedBySchema(validation: AjvError[], context: string): CarillonError {
  const { errors: found, malformed } = toFieldErrors(validation, PLACES[context] ?? '')
  const whole = context === 'body' ? bodyHint(validation) : ''
  const errors = found.map((error) =>
    error.message.startsWith('must be object') && error.pointer === '' ? { ...error, message: `${error.message}${whole}` } : error,
  )
  const first = errors[0]
  const detail = first === undefined ? {} : { detail: `${first.pointer === '' ? 'The body' : first.pointer} ${first.message}.` }
  return new CarillonError(malformed ? 'invalid_request' : 'invalid_field', { ...detail, errors })
}

/** What people send in place of an object: nothing, JSON in quotes (encoded twice), or a list. */
function bodyHint(validation: readonly AjvError[]): string {
  const wrong = validation.find(({ instancePath, keyword }) => instancePath === '' && (keyword === 'type' || keyword === 'anyOf'))
  if (wrong === undefined) return ''
  if (wrong.data === null || wrong.data === undefined) return ' and is missing or null'
  if (typeof wrong.data === 'string') return ' and is a text: send the JSON itself, not JSON in quotes'
  return Array.isArray(wrong.data) ? ' and is a list' : ''
}

const PLACES: Record<string, string> = { body: '', querystring: '/query', params: '/path', headers: '/header' }

/** The error code of a storage failure; null for any other error. The wiring hands it in, because http/ does not know storage/. */
export type StorageRefusal = (thrown: unknown) => 'storage_full' | 'unavailable' | null

/** Seconds. A database restart takes a few; freeing disk space takes longer. */
const RETRY_AFTER = { storage_full: 10, unavailable: 5 }

/** While the storage is away every request fails: `alike` is the number of those without a line. */
const LOG_EVERY = 10 * SECOND

/**
 * The one error handler. Refusals become problems; storage failures answer 503; bugs answer 500 without a word about the cause. Storage
 * failures and bugs are logged with the request id.
 */
export function createErrorHandler(
  bodyLimit: number,
  storageRefusal: StorageRefusal = () => null,
  clock: Clock = Date.now,
  refused: (error: CarillonError, request: FastifyRequest) => void = () => {},
) {
  const turn = createAtMost(clock, LOG_EVERY)
  return (thrown: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply => {
    const known = toCarillonError(thrown, bodyLimit)
    if (known !== null) {
      refused(known, request)
      return sendProblem(reply, known, request.id)
    }
    const about = { err: thrown, requestId: request.id, route: request.routeOptions.url }
    const refusal = storageRefusal(thrown)
    if (refusal === null) {
      request.log.error(about, 'A request failed')
      return sendProblem(reply, new CarillonError('internal'), request.id)
    }
    const alike = turn(refusal)
    if (alike !== null) request.log.error({ ...about, alike }, 'A request failed because the storage did')
    return sendProblem(reply, new CarillonError(refusal, { retryAfter: RETRY_AFTER[refusal] }), request.id)
  }
}
