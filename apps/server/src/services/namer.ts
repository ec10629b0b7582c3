import type { JsonObject } from '../domain/json.ts'
import type { NamedBy } from '../domain/named-by.ts'
import { hostOf, hostsIn } from '../providers/kit/named-hosts.ts'

/** Who named an address in a form: a server that one of these settings names is an operator's word, every other one is that of who fills it in. */
export const namerOf =
  (namedBy: NamedBy, settings: readonly JsonObject[]) =>
  (address: string): NamedBy => {
    const host = namedBy === 'person' ? hostOf(address) : null
    return host !== null && settings.some((one) => hostsIn(one).has(host)) ? 'application' : namedBy
  }
