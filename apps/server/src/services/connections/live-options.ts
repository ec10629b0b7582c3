import type { JsonObject } from '../../domain/json.ts'
import type { NamedBy } from '../../domain/named-by.ts'
import type { Clock } from '../../domain/time.ts'
import { UNREACHED } from '../../domain/unreached.ts'
import { CarillonError } from '../../errors.ts'
import type { HttpFor, LiveList } from '../../providers/kit/contract.ts'
import { DeliveryError } from '../../providers/kit/delivery-error.ts'
import type { Option } from '../../providers/kit/fields.ts'
import { withDeadline, withinDeadline } from './deadline.ts'
import { testFailureOf } from './test-failure.ts'

/**
 * Fetches one of a vendor's lists. Throws `vendor_refused` with the vendor's message and the field to correct, without secrets. `namedBy`: who
 * filled in the destination, and reads the answer.
 */
export function createLiveOptions({ http, clock }: { http: HttpFor; clock: Clock }) {
  return async (list: LiveList, settings: JsonObject, destination: JsonObject, namedBy: NamedBy): Promise<Option[]> => {
    const door = withDeadline(http(namedBy, settings))
    try {
      return await withinDeadline(list.list({ settings, destination, http: door, clock }))
    } catch (error) {
      const { field, message: whole } = testFailureOf(error, list, { settings, destination })
      const message = namedBy === 'person' && error instanceof DeliveryError && error.unreached ? UNREACHED : whole
      throw new CarillonError('vendor_refused', { detail: message, errors: [{ pointer: field, message }] })
    }
  }
}
