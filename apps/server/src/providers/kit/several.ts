import { DeliveryError } from './delivery-error.ts'

/**
 * One delivery to several places at once, each asked by itself. What no attempt can mend must not cost the others theirs, and who has it must
 * not get it again: a failure that a later attempt may mend says which places are settled by now. Throws only when one of them has to be
 * asked again, or none took it. Answers what to note of those that refused.
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
