import type { DeliveryFailure } from '../../domain/delivery.ts'
import type { OptionalPart } from '../../domain/message.ts'
import type { Millis } from '../../domain/time.ts'
import { oneLine, truncate } from './truncate.ts'

/** What the vendor's answer is about. */
export type About = 'message' | 'recipient' | 'sender' | 'account' | 'connection' | 'limit'

export interface DeliveryErrorOptions {
  /** Where the vendor's documentation or words say it; absent = not known. Refusals of unknown subject that are alike are counted (`connections/alike.ts`). */
  about?: About | undefined
  /** The wait that the vendor asked for, milliseconds; already clamped to 1 s … 24 h. */
  retryAfterMs?: number | undefined
  /**
   * The vendor rate limits us: always for 429, for other statuses where its documentation says so. It is not a failure. `target` = the
   * limit applies to everything sent to that target; `connection` = to everything of the connection, where destinations have their own
   * hosts or limits.
   */
  throttled?: 'target' | 'connection' | undefined
  /** The vendor may have accepted the message (a timeout after the body was sent), so no other connection may try it. */
  maybeDelivered?: boolean | undefined
  /** Stable, machine-readable: `timeout`, `dns`, `refused`, `tls`, `http_503`, `address_not_allowed`, `smtp_550`, … */
  code?: string | undefined
  /** Status code of the response, if there was one (HTTP or SMTP). */
  status?: number | undefined
  /**
   * What the failure counts against. `target` (the default for temporary and misconfigured): the health of the server; `message`: only this
   * message or recipient.
   */
  scope?: 'target' | 'message' | undefined
  /** `unreachable` only: since when, according to the vendor. A device that registered later is kept. */
  goneSince?: Millis | undefined
  /**
   * `temporary` only, with several places: those that accepted or permanently rejected the message, as texts that the provider recognises.
   * A retry sends only to the others. At least one place accepted it.
   */
  settled?: readonly string[] | undefined
  /** Parts of the message that the vendor named in its refusal. */
  parts?: readonly OptionalPart[] | undefined
  /** The field to fix, where the vendor's response identifies it: `/settings/from`. */
  field?: string | undefined
  cause?: unknown
}

/** The codes of failures of the transport, in every protocol. */
export const TRANSPORT: ReadonlySet<string> = new Set([
  ...['dns', 'refused', 'reset', 'timeout', 'tls', 'network', 'bad_answer', 'address_not_allowed', 'no_h2', 'shutdown', 'proxy', 'proxy_path'],
])

/**
 * The only error that providers throw; the retry policy reads nothing else. Its message must contain no secret. Message and code may quote
 * the vendor, so both are sanitised for a database row: PostgreSQL stores no NUL and no half surrogate, and a result that cannot be written
 * would leave its delivery leased.
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
  readonly about: About | undefined
  /** Nothing was answered, or nothing in the protocol that was spoken: what failed is the way to the server. */
  get unreached(): boolean {
    return TRANSPORT.has(this.code)
  }

  /** Set after construction, by `defineProvider`. */
  parts: readonly OptionalPart[] | undefined
  /** Set after construction, because it is known only when all places have answered. */
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
    this.about = options.about
    this.settled = options.settled
    this.parts = options.parts
    this.scope = options.scope ?? (failure === 'rejected' || failure === 'unreachable' ? 'message' : 'target')
  }
}
