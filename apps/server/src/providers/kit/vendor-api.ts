import type { DeliveryFailure } from '../../domain/delivery.ts'
import type { Clock } from '../../domain/time.ts'
import type { Http, HttpRequest, HttpResponse } from './contract.ts'
import type { DeliveryError } from './delivery-error.ts'
import { blame, failureOf, parseRetryAfter, statusError } from './http-errors.ts'
import { whereOf } from './urls.ts'

/** What a vendor's answer means beyond its status; whatever is absent stays as the house reads it. */
export interface Verdict {
  failure?: DeliveryFailure | undefined
  scope?: 'target' | 'message' | undefined
  /** It has had enough of us for now, whatever the status; 429 says so by itself. */
  throttled?: 'target' | 'connection' | undefined
  code?: string | undefined
  /** The wait that the vendor names elsewhere than in `Retry-After`, milliseconds, clamped. */
  retryAfterMs?: number | undefined
  /** The field of the form that has to be mended. */
  field?: string | undefined
  /** The vendor's own sentence. */
  said?: unknown
}

interface VendorCall {
  http: Http
  clock: Clock
  url: string
  request: HttpRequest
  /** What the vendor repeats of these is not told. */
  secrets: readonly string[]
  /** Reads an answer that is no success. */
  read(response: HttpResponse): Verdict
}

/** One call of a vendor's API. The address is a setting, so nothing that is wrong with it is the recipient's fault. */
export async function callVendor(call: VendorCall): Promise<HttpResponse> {
  const response = await call.http.request(call.url, { ...call.request, accept: 'all' }).catch(blame)
  if (response.status < 200 || response.status > 299) throw vendorError(call, response, call.read(response))
  return response
}

/** The error of one answer; also for a 2xx whose body says no. */
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
