import ipaddr from 'ipaddr.js'

/** Ranges that Fastify knows by name: https://fastify.dev/docs/latest/Reference/Server/#trustproxy */
const NAMES = new Set(['loopback', 'linklocal', 'uniquelocal'])
const RULE = 'must be true, false, or addresses and ranges of proxies, separated by commas (10.0.0.1,10.1.0.0/16,fd00::/8)'

/** What is wrong with a value of `CARILLON_TRUST_PROXY`: a sentence for each part that is no address and no range. */
export function trustProxyProblems(text: string): string[] {
  if (text === 'true' || text === 'false') return []
  const parts = text.split(',').map((part) => part.trim())
  return parts.filter((part) => !NAMES.has(part) && !isRange(part)).map((part) => `${RULE}; "${part}" is neither`)
}

/** `1` and `10.1` are addresses to some parsers; here somebody meant something else, such as a number of proxies. */
function isRange(text: string): boolean {
  const [address = ''] = text.split('/')
  const whole = ipaddr.IPv4.isValidFourPartDecimal(address) || ipaddr.IPv6.isValid(address)
  return whole && (text === address ? ipaddr.isValid(text) : ipaddr.isValidCIDR(text))
}
