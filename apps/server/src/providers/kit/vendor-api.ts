import type { DeliveryFailure } from '../../domain/delivery.ts'
import type { Clock } from '../../domain/time.ts'
import type { Http, HttpRequest, HttpResponse } from './contract.ts'
import type { About, DeliveryError } from './delivery-error.ts'
import { blame, failureOf, parseRetryAfter, statusError } from './http-errors.ts'
import { whereOf } from './urls.ts'

/** The meaning of a vendor's response beyond its status; absent fields keep the default classification. */
export interface Verdict {
  failure?: DeliveryFailure | undefined
  scope?: 'target' | 'message' | undefined
  /** The vendor rate limits, whatever the status; 429 implies it. */
  throttled?: 'target' | 'connection' | undefined
  /** What the answer is about, where the vendor says it. */
  about?: About | undefined
  code?: string | undefined
  /** The wait that the vendor gives elsewhere than in `Retry-After`, milliseconds, clamped. */
  retryAfterMs?: number | undefined
  /** The field to fix. */
  field?: string | undefined
  /** The vendor's message. */
  said?: unknown
}

interface VendorCall {
  http: Http
  clock: Clock
  url: string
  request: HttpRequest
  /** Secrets that must not be quoted from it. */
  secrets: readonly string[]
  /** Classifies a response that is not a success. */
  read(response: HttpResponse): Verdict
}

/** One call of a vendor's API. The address is a setting, so its errors are never the recipient's fault. */
export async function callVendor(call: VendorCall): Promise<HttpResponse> {
  const response = await call.http.request(call.url, { ...call.request, accept: 'all' }).catch(blame)
  if (response.status < 200 || response.status > 299) throw vendorError(call, response, call.read(response))
  return response
}

/** The error for one response; also for a 2xx whose body reports an error. */
export function vendorError({ clock, url, secrets }: Pick<VendorCall, 'clock' | 'url' | 'secrets'>, response: HttpResponse, verdict: Verdict): DeliveryError {
  const { status, headers } = response
  const now = clock()
  const byStatus = status === 404 || status === 410 ? 'misconfigured' : status < 300 ? 'rejected' : failureOf(status)
  const { failure = byStatus, code, retryAfterMs, ...rest } = verdict
  const wait = failure === 'temporary' ? (parseRetryAfter(headers['retry-after'], now) ?? retryAfterMs) : undefined
  return statusError(whereOf(url), response, now, failure, {
    ...rest,
    ...(code === undefined ? {} : { code }),
    ...(wait === undefined ? {} : { retryAfterMs: wait }),
    secrets,
  })
}
