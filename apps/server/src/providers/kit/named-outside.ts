import { isIP } from 'node:net'

/** The host of an address has no dot, as names inside a network do. Vendors that check links refuse such an address. */
export const hasNoDot = (address: string): boolean => {
  const host = (URL.parse(address)?.hostname ?? '').replace(/^\[|\]$|\.$/g, '')
  return host !== '' && isIP(host) === 0 && !host.includes('.')
}
