import { SECOND } from '../../domain/time.ts'
import type { Http } from '../../providers/kit/contract.ts'
import { DeliveryError } from '../../providers/kit/delivery-error.ts'
import type { Scripts } from '../../providers/kit/scripts.ts'

/** How long one request to a vendor may take while a person waits in front of a form. */
const DEADLINE = 10 * SECOND

/** The guarded HTTP client with that deadline for each request. */
export const withDeadline = (http: Http): Http => ({
  ...http,
  request: (url, request = {}) => http.request(url, { ...request, deadlineMs: Math.min(request.deadlineMs ?? DEADLINE, DEADLINE) }),
  dial: (call) => http.dial({ ...call, timeoutMs: Math.min(call.timeoutMs ?? DEADLINE, DEADLINE) }),
})

/** A program is ended at the deadline, because its result is not waited for any longer. */
export const scriptsWithDeadline = ({ find, run }: Scripts): Scripts => ({ find, run: (given) => run({ ...given, limitMs: DEADLINE }) })

/** The same for work with its own sockets, or with several requests. Throws `timeout`. */
export function withinDeadline<T>(work: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new DeliveryError('temporary', `No answer within ${DEADLINE / SECOND} s`, { code: 'timeout' })), DEADLINE)
    work.then(resolve, (error: unknown) => reject(error instanceof Error ? error : new Error(String(error)))).finally(() => clearTimeout(timer))
  })
}

/** Retries once after a rate limit (429): several samples in a row exceed the limit of some vendors (Discord: five in 2 s). */
export async function retryOnce429(ask: () => Promise<void>): Promise<void> {
  try {
    await withinDeadline(ask())
  } catch (error) {
    const wait = error instanceof DeliveryError && error.status === 429 ? error.retryAfterMs : undefined
    if (wait === undefined || wait > DEADLINE) throw error
    await new Promise((resolve) => setTimeout(resolve, wait))
    await withinDeadline(ask())
  }
}
