import { DeliveryError } from './delivery-error.ts'

/**
 * One delivery to several places at once, each sent separately. A permanent failure of one place must not affect the others, and a place
 * that has the message must not get it again: a temporary failure lists the settled places. Throws only when a place must be retried, or
 * when none accepted. Returns a note about the places that refused.
 */
export async function toEach(
  what: string,
  places: readonly string[],
  settled: readonly string[] = [],
  send: (place: string) => Promise<void>,
): Promise<{ note?: string }> {
  const left = places.filter((one) => !settled.includes(one))
  const results = await Promise.allSettled(left.map(send))
  const failures = results.flatMap((result, i) => (result.status === 'rejected' ? [{ place: left[i]!, error: result.reason as unknown }] : []))
  if (failures.length === 0) return {}
  const again = failures.filter(({ error }) => !(error instanceof DeliveryError) || error.failure === 'temporary')
  const { error } = again[0] ?? failures[0]!
  const nobodyHasIt = settled.length === 0 && failures.length === left.length
  if (nobodyHasIt || !(error instanceof DeliveryError)) throw error
  if (again.length > 0) {
    error.settled = [...settled, ...left.filter((one) => !again.some(({ place }) => place === one))]
    throw error
  }
  return { note: `${failures.length} of ${places.length} ${what} refused it: ${error.message}` }
}
