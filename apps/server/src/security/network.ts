import ipaddr from 'ipaddr.js'

/** Where the IPv4 address of the caller stands in the bytes of an IPv6 address that translates it (RFC 3056, RFC 6052). One such caller may have many /64. */
const TRANSLATED: Record<string, number | undefined> = { '6to4': 2, rfc6052: 12 }

/**
 * The network of a caller, for limits: an IPv4 address, or the /64 of an IPv6 address, which one household has. Null for an address that is
 * not public: behind a proxy that is not trusted (`CARILLON_TRUST_PROXY`) all callers have the same one, so it says nothing about them.
 */
export function networkOf(address: string | undefined): string | null {
  if (address === undefined || !ipaddr.isValid(address)) return null
  const ip = ipaddr.process(address)
  const range = ip.range()
  const at = TRANSLATED[range]
  if (at !== undefined)
    return networkOf(
      ip
        .toByteArray()
        .slice(at, at + 4)
        .join('.'),
    )
  if (range !== 'unicast' && range !== 'teredo') return null
  return ip instanceof ipaddr.IPv6
    ? `${ip.parts
        .slice(0, 4)
        .map((part) => part.toString(16))
        .join(':')}::/64`
    : ip.toString()
}
