import type { Period } from '../../domain/page.ts'
import { invalidField } from '../../errors.ts'

/** The period of a filter, read from its RFC 3339 texts; `at` is where they stand, `/query` or the body. Throws `invalid_field`. */
export function periodOf({ since, until }: { since?: string; until?: string }, at: '' | '/query'): Period {
  const period = { ...(since !== undefined && { since: Date.parse(since) }), ...(until !== undefined && { until: Date.parse(until) }) }
  if (period.since !== undefined && period.until !== undefined && period.until <= period.since)
    throw invalidField(`${at}/until`, 'must be later than since: the period is from since on, and before until')
  return period
}
