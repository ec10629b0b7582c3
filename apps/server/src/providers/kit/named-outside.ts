import { domainToASCII } from 'node:url'
import ipaddr from 'ipaddr.js'
import type { Problem } from './contract.ts'

const bare = (host: string): string => host.replace(/^\[|\]$|\.$/g, '').toLowerCase()
/** The host of a URL, empty when it has none. */
export const hostIn = (address: string): string => bare(URL.parse(address)?.hostname ?? '')

/** The host of an address has no dot, as names inside a network do. Vendors that check links refuse such an address. */
export const hasNoDot = (address: string): boolean => {
  const host = hostIn(address)
  return host !== '' && !ipaddr.isValid(host) && !host.includes('.')
}

/** Names that nobody can look up in the public DNS: RFC 2606, 6761, 6762, 7686, 8375; ICANN for `internal`; `lan`, `home` and `corp` are delegated to nobody. */
const RESERVED = /(^|\.)(test|example|invalid|localhost|localdomain|local|internal|lan|home|corp|home\.arpa|onion)$/

/** Why others cannot use this host: it is a name of the inside, or no name at all. Null when they may. */
export function whyNotOutside(host: string): string | null {
  const name = bare(host)
  if (ipaddr.isValid(name)) return 'is an address of a network, not a name'
  const reserved = RESERVED.exec(domainToASCII(name) || name)?.[2]
  if (reserved !== undefined) return `ends in .${reserved}, which exists on no name server of the internet`
  return name.includes('.') ? null : 'has no dot, so it is a name inside a network'
}

/** Why nobody outside reaches a host: as `whyNotOutside`, but a public address is no fault. Null when they may. */
export function whyNotReached(host: string): string | null {
  const name = bare(host)
  if (name === '') return null
  if (ipaddr.isValid(name)) return ipaddr.process(name).range() === 'unicast' ? null : 'is an address of this machine or of a private network'
  return whyNotOutside(name)
}

/** Advice about a name that others must be able to look up; `consequence` says what happens otherwise. */
export function outsideAdvice(pointer: string, host: string | undefined, consequence: string): Problem[] {
  const why = host === undefined || host === '' ? null : whyNotOutside(host)
  return why === null ? [] : [{ pointer, message: `names ${host}, which ${why}; ${consequence}`, severity: 'warning' }]
}

/** The host of a mail address or a URL. */
export const hostOfContact = (contact: string): string =>
  /^https?:/i.test(contact) ? hostIn(contact) : bare(contact.slice(contact.lastIndexOf('@') + 1).replace(/[?>].*/s, ''))
