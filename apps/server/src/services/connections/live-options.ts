import { troubleOf } from '../../delivery/trouble.ts'
import type { JsonObject } from '../../domain/json.ts'
import type { NamedBy } from '../../domain/named-by.ts'
import type { Clock } from '../../domain/time.ts'
import { wordsOf } from '../../domain/trouble.ts'
import { CarillonError } from '../../errors.ts'
import type { HttpFor, LiveList } from '../../providers/kit/contract.ts'
import { DeliveryError } from '../../providers/kit/delivery-error.ts'
import type { Option } from '../../providers/kit/fields.ts'
import { withDeadline, withinDeadline } from './deadline.ts'
import { testFailureOf } from './test-failure.ts'

/**
 * Fetches one of a vendor's lists. Throws `vendor_refused` with the vendor's message and the field to correct, without secrets. `namedBy`: who
 * filled in the destination, and reads the answer: a person in plain words, and with their own fields only.
 */
export function createLiveOptions({ http, clock }: { http: HttpFor; clock: Clock }) {
  return async (list: LiveList, settings: JsonObject, destination: JsonObject, namedBy: NamedBy): Promise<Option[]> => {
    const door = withDeadline(http(namedBy, settings, destination))
    try {
      return await withinDeadline(list.list({ settings, destination, http: door, clock }))
    } catch (error) {
      const whole = testFailureOf(error, list, { settings, destination })
      const plain = namedBy === 'person'
      const message = plain ? wordsOf(error instanceof DeliveryError ? troubleOf(error) : 'ours') : whole.message
      const pointer = plain && !whole.field.startsWith('/destination/') ? '' : whole.field
      throw new CarillonError('vendor_refused', { detail: message, errors: [{ pointer, message }] })
    }
  }
}
