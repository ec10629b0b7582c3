import type { DeliveryFailure } from '../../domain/delivery.ts'
import type { Millis } from '../../domain/time.ts'
import { oneLine, truncate } from './truncate.ts'

export interface DeliveryErrorOptions {
  /** The vendor asked us to wait this long, milliseconds; already clamped to 1 s … 24 h. */
  retryAfterMs?: number | undefined
  /**
   * The vendor works but has had enough of us for now: 429 always means that, other statuses where its documentation says so. It is no
   * illness. `target` = it concerns everything that goes there; `connection` = everything of ours, where destinations have hosts or limits
   * of their own.
   */
  throttled?: 'target' | 'connection' | undefined
  /** The vendor may have accepted the message (a timeout after the body was sent), so no other connection may try it. */
  maybeDelivered?: boolean | undefined
  /** Stable, machine-readable: `timeout`, `dns`, `refused`, `tls`, `http_503`, `address_not_allowed`, `smtp_550`, … */
  code?: string | undefined
  /** Status of the answer, if there was one (HTTP or SMTP). */
  status?: number | undefined
  /**
   * What the failure says about whom. `target` (the default for temporary and misconfigured) counts against the health of
   * the server that was asked; `message` concerns only this message or recipient.
   */
  scope?: 'target' | 'message' | undefined
  /** `unreachable` only: since when, as the vendor says. A device that registered after that stays. */
  goneSince?: Millis | undefined
  /**
   * `temporary` only, where one delivery goes to several places: those that have it by now, or refused it for good, in words that the
   * provider finds again. A retry asks only the others. At least one of them has it.
   */
  settled?: readonly string[] | undefined
  /** The field of the form that has to be mended, where the vendor's words tell: `/settings/from`. */
  field?: string | undefined
  cause?: unknown
}

/**
 * The one error that providers throw. Retry policy reads nothing else. Its message must hold no secret. Message and code may repeat what a
 * vendor said, so both are made to fit a row here: PostgreSQL keeps no NUL and no half of a character, and a result that cannot be
 * written leaves its delivery open.
 */
export class DeliveryError extends Error {
  readonly failure: DeliveryFailure
  readonly code: string
  readonly retryAfterMs: number | undefined
  readonly throttled: 'target' | 'connection' | undefined
  readonly maybeDelivered: boolean
  readonly status: number | undefined
  readonly scope: 'target' | 'message'
  readonly goneSince: Millis | undefined
  readonly field: string | undefined
  /** Known only when all places answered, so it may be told later. */
  settled: readonly string[] | undefined

  constructor(failure: DeliveryFailure, message: string, options: DeliveryErrorOptions = {}) {
    super(truncate(oneLine(message), 2_000), options.cause === undefined ? {} : { cause: options.cause })
    this.name = 'DeliveryError'
    this.failure = failure
    this.code = truncate(oneLine(options.code ?? failure), 100)
    this.retryAfterMs = options.retryAfterMs
    this.throttled = failure === 'temporary' ? (options.throttled ?? (options.status === 429 ? 'target' : undefined)) : undefined
    this.maybeDelivered = options.maybeDelivered ?? false
    this.status = options.status
    this.goneSince = options.goneSince
    this.field = options.field
    this.settled = options.settled
    this.scope = options.scope ?? (failure === 'rejected' || failure === 'unreachable' ? 'message' : 'target')
  }
}
