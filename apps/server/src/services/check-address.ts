import { type AppriseUrls, addressesOf } from '../connections/apprise-urls.ts'
import type { CheckAddress } from '../forms/check.ts'
import { type Outbound, OutboundDenied } from '../security/outbound.ts'

/** Whether the outbound guard would let the hub call the addresses that a URL in a form leads to. */
export function createCheckAddress(outbound: Pick<Outbound, 'resolve'>, appriseUrls: AppriseUrls): CheckAddress {
  return async (url) => {
    for (const address of addressesOf(url, appriseUrls.read(url))) {
      const refusal = await whyNotReachable(outbound, address)
      if (refusal !== null) return refusal
    }
    return null
  }
}

async function whyNotReachable(outbound: Pick<Outbound, 'resolve'>, text: string): Promise<string | null> {
  if (!URL.canParse(text)) return null // the schema has reported that already
  const url = new URL(text)
  try {
    await outbound.resolve(url.hostname, Number(url.port) || (url.protocol === 'https:' ? 443 : 80), url.protocol === 'smtp:' ? 'mail' : 'web')
    return null
  } catch (error) {
    // A name that does not resolve now may resolve later; only a refusal is final.
    return error instanceof OutboundDenied ? error.message : null
  }
}
