import type { JsonObject } from '../../domain/json.ts'
import type { Clock } from '../../domain/time.ts'
import { CarillonError } from '../../errors.ts'
import type { Http, LiveList } from '../../providers/kit/contract.ts'
import type { Option } from '../../providers/kit/fields.ts'
import { withDeadline, withinDeadline } from './deadline.ts'
import { testFailureOf } from './test-failure.ts'

/** Fetches one of a vendor's lists. Throws `vendor_refused` with the vendor's message and the field to correct, without secrets. */
export function createLiveOptions({ http, clock }: { http: Http; clock: Clock }) {
  const door = withDeadline(http)
  return async (list: LiveList, settings: JsonObject, destination: JsonObject): Promise<Option[]> => {
    try {
      return await withinDeadline(list.list({ settings, destination, http: door, clock }))
    } catch (error) {
      const { field, message } = testFailureOf(error, list, { settings, destination })
      throw new CarillonError('vendor_refused', { detail: message, errors: [{ pointer: field, message }] })
    }
  }
}
