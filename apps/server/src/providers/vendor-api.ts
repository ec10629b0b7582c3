import type { DeliveryFailure } from '../domain/delivery.ts'
import type { Clock } from '../domain/time.ts'
import { DeliveryError, type DeliveryErrorOptions } from './delivery-error.ts'
import { blame, failureOf, parseRetryAfter, statusError } from './http-errors.ts'
import type { Http, HttpRequest, HttpResponse } from './provider.ts'
import { oneLine, truncate } from './truncate.ts'
import { whereOf } from './urls.ts'

/** What a vendor's answer means beyond its status; whatever is absent stays as the house reads it. */
export interface Verdict {
  failure?: DeliveryFailure | undefined
  scope?: 'target' | 'message' | undefined
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
  /** A sentence in which the vendor repeats one of these is left out. Every error is scrubbed later, but what was cut by then may end in half a secret. */
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
  const failure = verdict.failure ?? byStatus
  const wait = failure === 'temporary' ? (parseRetryAfter(headers['retry-after'], now) ?? verdict.retryAfterMs) : undefined
  const options: DeliveryErrorOptions = {
    ...(verdict.code === undefined ? {} : { code: verdict.code }),
    ...(verdict.scope === undefined ? {} : { scope: verdict.scope }),
    ...(wait === undefined ? {} : { retryAfterMs: wait }),
    field: verdict.field,
  }
  const plain = statusError(whereOf(url), response, now, failure, options)
  const said = typeof verdict.said === 'string' ? oneLine(verdict.said) : ''
  if (said === '' || secrets.some((secret) => said.includes(secret))) return plain
  return new DeliveryError(plain.failure, `${plain.message}: ${truncate(said, 200)}`, { ...options, code: plain.code, scope: plain.scope, status })
}
