import type { JsonObject } from '../domain/json.ts'
import type { Clock } from '../domain/time.ts'
import { CarillonError } from '../errors.ts'
import type { Option } from '../providers/fields.ts'
import type { LiveList } from '../providers/live-list.ts'
import type { Http } from '../providers/provider.ts'
import { hurried, inTime } from './hurry.ts'
import { testFailureOf } from './test-failure.ts'

/** Asks a vendor for one of its lists. Throws `vendor_refused` with what it said and the field to mend, without secrets. */
export function createLiveOptions({ http, clock }: { http: Http; clock: Clock }) {
  const door = hurried(http)
  return async (list: LiveList, settings: JsonObject, destination: JsonObject): Promise<Option[]> => {
    try {
      return await inTime(list.list({ settings, destination, http: door, clock }))
    } catch (error) {
      const { field, message } = testFailureOf(error, list, { settings, destination })
      throw new CarillonError('vendor_refused', { detail: message, errors: [{ pointer: field, message }] })
    }
  }
}
