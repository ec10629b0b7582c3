import ipaddr from 'ipaddr.js'

/**
 * The network of a caller, for limits: an IPv4 address, or the /64 of an IPv6 address, which one household has. Null for an address that is
 * not public: behind a proxy that is not trusted (`CARILLON_TRUST_PROXY`) all callers have the same one, so it says nothing about them.
 */
export function networkOf(address: string | undefined): string | null {
  if (address === undefined || !ipaddr.isValid(address)) return null
  const ip = ipaddr.process(address)
  if (ip.range() !== 'unicast') return null
  return ip instanceof ipaddr.IPv6
    ? `${ip.parts
        .slice(0, 4)
        .map((part) => part.toString(16))
        .join(':')}::/64`
    : ip.toString()
}
