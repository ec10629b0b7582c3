import { quotedMessage, quotedPointer } from './domain/quoted.ts'

/** One invalid field. `pointer` is a JSON pointer (RFC 6901) into the body, or `/query/…`, `/header/…`. */
export interface FieldError {
  pointer: string
  message: string
  /** Absent = error. */
  severity?: 'error' | 'warning'
}

/**
 * Every public error: stable code -> status and sentence. Codes are never reused.
 * The docs page of a code is `docs/errors.md#<code>`.
 */
export const ERRORS = {
  invalid_json: [400, 'The body is not valid JSON.'],
  invalid_request: [400, 'A field has the wrong type, is missing or is unknown.'],
  malformed_request: [400, 'The request is not valid HTTP/1.1; the connection is closed.'],
  unauthorized: [401, 'Give an API key or user token as `Authorization: Bearer …`.'],
  forbidden: [403, 'This key does not have the scope that the route needs.'],
  origin_not_allowed: [403, 'Pages of this origin may not call the hub; an operator can add it to CARILLON_ALLOWED_ORIGINS.'],
  not_found: [404, 'Nothing with this path or id exists, or it belongs to someone else.'],
  method_not_allowed: [405, 'This route does not support this method; the Allow header lists those that work.'],
  request_timeout: [408, 'The request did not arrive completely in time; the connection is closed.'],
  conflict: [409, 'The request conflicts with the current state. Reload it and retry if the change still applies.'],
  idempotency_running: [409, 'The first request with this Idempotency-Key is still running; try again in a moment.'],
  name_taken: [409, 'This name is already in use.'],
  not_cancellable: [409, 'This event has nothing left to cancel; GET /v1/events/:id shows how it ended.'],
  not_retryable: [409, 'Only deliveries that ended unsent, or are waiting for a retry, can be retried.'],
  body_too_large: [413, 'The body is larger than the limit.'],
  unsupported_media_type: [415, 'Send JSON in UTF-8, not compressed, with `content-type: application/json`.'],
  expectation_failed: [417, 'The header Expect asks for something that the hub does not do; leave it out.'],
  invalid_field: [422, 'A field has the right type but an invalid value.'],
  unknown_event_type: [422, 'No event type with this key is registered; PUT /v1/event-types/:key registers one.'],
  invalid_data: [422, 'The data does not match the schema of the event type.'],
  unknown_topic: [422, 'No topic with this key exists; PUT /v1/topics/:key creates one.'],
  unknown_provider: [422, 'No provider with this id exists; GET /v1/providers lists them.'],
  unknown_channel: [422, 'No channel with this name exists; GET /v1/channels lists them.'],
  address_not_allowed: [422, 'The address is not public, and the hub has no exception for it.'],
  connection_warnings: [422, 'The connection has warnings: it works but is probably a mistake; save it anyway with `?force=true`.'],
  connection_test_failed: [422, 'The test of the connection failed, so nothing was saved.'],
  vendor_refused: [422, 'The vendor refused the request or did not answer; `detail` has its message.'],
  idempotency_mismatch: [422, 'This Idempotency-Key was used with another body.'],
  locked_route: [422, 'The event type locks this cell; leave it out.'],
  upgrade_required: [426, 'This route is a WebSocket: send the handshake of RFC 6455, as every WebSocket client does.'],
  too_many_requests: [429, 'Too many requests; wait as long as Retry-After says.'],
  headers_too_large: [431, 'The request line and headers are larger than the limit.'],
  internal: [500, 'Internal error; the log has the cause under the request id.'],
  overloaded: [503, 'More events are waiting than the hub allows; try again after Retry-After.'],
  storage_full: [503, 'The disk is full or nearly full; nothing is accepted until there is room.'],
  unavailable: [503, 'The database is not available at the moment; try again after Retry-After.'],
  stopping: [503, 'The hub is stopping; another node, or the next start, will answer.'],
} as const satisfies Record<string, readonly [status: number, sentence: string]>

export type ErrorCode = keyof typeof ERRORS

export interface ErrorOptions {
  /** Describes this occurrence; default: the sentence of the table. */
  detail?: string
  errors?: FieldError[]
  /** Seconds. */
  retryAfter?: number
  cause?: unknown
}

/**
 * An error for the caller. Any other exception is a bug and answers `internal`. Whatever its texts repeat of what somebody sent, they are bounded
 * and hold no control characters: that is made sure here, once for all.
 */
export class CarillonError extends Error {
  readonly code: ErrorCode
  readonly status: number
  readonly errors: FieldError[]
  readonly retryAfter: number | undefined

  constructor(code: ErrorCode, options: ErrorOptions = {}) {
    const [status, sentence] = ERRORS[code]
    super(options.detail === undefined ? sentence : quotedMessage(options.detail), options.cause === undefined ? {} : { cause: options.cause })
    this.name = 'CarillonError'
    this.code = code
    this.status = status
    this.errors = (options.errors ?? []).map(({ pointer, message, ...rest }) => ({ pointer: quotedPointer(pointer), message: quotedMessage(message), ...rest }))
    this.retryAfter = options.retryAfter
  }
}

/** `conflict`: nothing is issued to an inactive user. */
export const INACTIVE_USER = 'This user is inactive; PUT /v1/users/:id with {"active": true} comes first.'

/** `invalid_field` for one field. */
export const invalidField = (pointer: string, message: string): CarillonError =>
  new CarillonError('invalid_field', { detail: `${pointer}: ${message}`, errors: [{ pointer, message }] })

/** What is there, or `not_found`. */
export function found<T>(value: T | null | undefined | false): T {
  if (value === null || value === undefined || value === false) throw new CarillonError('not_found')
  return value
}
