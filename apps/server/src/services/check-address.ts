import { type AppriseUrls, addressesOf } from '../connections/apprise-urls.ts'
import type { NamedBy } from '../domain/named-by.ts'
import type { CheckAddress } from '../forms/check.ts'
import { portOf } from '../providers/kit/named-hosts.ts'
import { type Outbound, OutboundDenied } from '../security/outbound.ts'

/** For a person, who knows no variable and must not learn where a name leads. */
const FOR_PEOPLE = 'must be a public address of the internet, on a port that is not that of another service'

/** Whether the outbound guard would let the hub call the addresses that a URL in a form leads to. */
export function createCheckAddress(outbound: Pick<Outbound, 'permits'>, appriseUrls: AppriseUrls): CheckAddress {
  return async (url, namedBy) => {
    for (const address of addressesOf(url, appriseUrls.read(url))) {
      const refusal = await whyNotReachable(outbound, address, namedBy)
      if (refusal !== null) return refusal
    }
    return null
  }
}

async function whyNotReachable(outbound: Pick<Outbound, 'permits'>, text: string, namedBy: NamedBy): Promise<string | null> {
  const url = URL.parse(text)
  // The schema has reported that already, except for what another server would read in its own way.
  if (url === null) return namedBy === 'person' ? FOR_PEOPLE : null
  const use = url.protocol === 'smtp:' ? 'mail' : 'web'
  try {
    await outbound.permits({ host: url.hostname, port: portOf(url), use }, namedBy)
    return null
  } catch (error) {
    // A name that does not resolve now may resolve later; only a refusal is final.
    if (!(error instanceof OutboundDenied)) return null
    return namedBy === 'person' ? FOR_PEOPLE : error.message
  }
}
