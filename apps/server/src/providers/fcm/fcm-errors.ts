import type { DeliveryFailure } from '../../domain/delivery.ts'
import { MINUTE, type Millis } from '../../domain/time.ts'
import type { HttpResponse } from '../kit/contract.ts'
import type { DeliveryError } from '../kit/delivery-error.ts'
import { failureOf, parseRetryAfter, statusError } from '../kit/http-errors.ts'
import { member } from '../kit/receipt.ts'

interface FcmError {
  status: string
  code: string
  /** The registration token is invalid. */
  token: boolean
  said: unknown
  /** `google.rpc.RetryInfo`: `30s`. */
  retryDelay: string | undefined
}

/** https://firebase.google.com/docs/reference/fcm/rest/v1/ErrorCode: the code is in a detail, in addition to the status of Google's APIs. */
export function errorOf(response: HttpResponse): FcmError {
  const error = member(response.json(), 'error')
  const [status, given, said] = [member(error, 'status'), member(error, 'details'), member(error, 'message')]
  const details: unknown[] = Array.isArray(given) ? given : []
  const violations = details.flatMap((detail) => member(detail, 'fieldViolations') ?? [])
  const text = (name: string) => details.map((detail) => member(detail, name)).find((one) => typeof one === 'string')
  return {
    status: typeof status === 'string' ? status : '',
    code: text('errorCode') ?? '',
    // Often only the message text contains it.
    token: violations.some((one) => member(one, 'field') === 'message.token') || /not a valid FCM registration token/i.test(String(said)),
    said,
    retryDelay: text('retryDelay')?.replace(/s$/, ''),
  }
}

function meaningOf(status: number, { code, token }: FcmError): DeliveryFailure {
  if (code === 'UNREGISTERED' || (status === 400 && token)) return 'unreachable'
  // A 404 without a code means a wrong project or address; the device is not at fault.
  if (status === 404 || status === 410) return 'misconfigured'
  return failureOf(status)
}

/**
 * Errors of one device, while the project works for others. SENDER_ID_MISMATCH: its app belongs to another project, possibly that of the
 * next connection; if such devices were removed, one wrong key file would delete all devices. THIRD_PARTY_AUTH_ERROR: the project has no
 * key for Apple devices.
 */
const ONE_DEVICE = new Set(['SENDER_ID_MISMATCH', 'THIRD_PARTY_AUTH_ERROR'])

/** Quotas per minute, of the project or of one device. */
const QUOTA = new Set(['QUOTA_EXCEEDED', 'RESOURCE_EXHAUSTED'])

/** `where` is scheme and host only; `token` is the device's, if the request had one. */
export function refusal(where: string, response: HttpResponse, now: Millis, token?: string): DeliveryError {
  const error = errorOf(response)
  const code = error.code === '' ? error.status : error.code
  const throttled = response.status === 429 || QUOTA.has(code)
  const wait = parseRetryAfter(response.headers['retry-after'], now) ?? parseRetryAfter(error.retryDelay, now) ?? (throttled ? MINUTE : undefined)
  return statusError(where, response, now, throttled ? 'temporary' : meaningOf(response.status, error), {
    ...(/^[A-Z_]{1,40}$/.test(code) ? { code: `fcm_${code.toLowerCase()}` } : {}),
    ...(wait === undefined ? {} : { retryAfterMs: wait }),
    ...(throttled ? { throttled: 'target' } : {}),
    ...(ONE_DEVICE.has(error.code) ? { scope: 'message' } : {}),
    said: error.said,
    secrets: [token],
  })
}
