import { BlockList, isIP } from 'node:net'
import { domainToASCII } from 'node:url'
import ipaddr from 'ipaddr.js'

/** One entry of `CARILLON_OUTBOUND_ALLOW`. Exactly one of `host` and `subnet` is set. */
export interface AllowRule {
  /** As written by the operator. */
  text: string
  /** A host name, lower case, without a trailing dot. */
  host?: string
  subnet?: BlockList
  /** The address, if the entry names exactly one (also as /32 or /128): only such an entry permits a metadata address. */
  exact?: string
  /** Absent = every port. */
  port?: number
}

const NAME = /^(?=.{1,253}$)[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?)*$/

/**
 * `::ffff:10.0.0.1` and its other spellings are the IPv4 address 10.0.0.1 (RFC 4291 2.5.5.2), and a zone is not part of an address. Returns
 * the canonical text, or null when this is not an address.
 */
export function plain(address: string): string | null {
  const zone = address.indexOf('%')
  const bare = zone < 0 ? address : address.slice(0, zone)
  return isIP(bare) === 0 ? null : ipaddr.process(bare).toString()
}

/**
 * Parses `CARILLON_OUTBOUND_ALLOW`: entries separated by commas, each a host name, an address or a CIDR, optionally with `:port`; IPv6
 * needs brackets (`[fd00::1]:8080`, `[fd00::/8]`). Throws an Error that names the invalid entry.
 */
export const parseAllowList = (text: string): AllowRule[] => entriesOf(text).map(parseRule)

/** Every entry that cannot be parsed and, where that is refused, every one that opens everything; each sentence names its entry. */
export function allowListProblems(text: string, everything: 'allowed' | 'refused'): string[] {
  const rules: AllowRule[] = []
  const problems = entriesOf(text).flatMap((entry) => {
    try {
      rules.push(parseRule(entry))
      return []
    } catch (error) {
      return [error instanceof Error ? error.message : String(error)]
    }
  })
  if (everything === 'refused') problems.push(...tooWide(rules).map((rule) => `${rule}; name the hosts that people may use instead`))
  return problems
}

/** The private space of each family, as the first and last address of its ranges (RFC 1918, RFC 4193). */
const PRIVATE_SPACE: Record<'ipv4' | 'ipv6', string[]> = {
  ipv4: ['10.0.0.0', '10.255.255.255', '172.16.0.0', '172.31.255.255', '192.168.0.0', '192.168.255.255'],
  ipv6: ['fc00::', 'fdff:ffff:ffff:ffff:ffff:ffff:ffff:ffff'],
}
/** Addresses of the machine itself: ranges that have them beside the private space open everything, as `0.0.0.0/1,128.0.0.0/1` does. */
const LOOPBACK: Record<'ipv4' | 'ipv6', string[]> = { ipv4: ['127.0.0.1', '127.255.255.255'], ipv6: ['::1'] }

/**
 * The entries that open everything: a range that contains all of the private space of IPv4 or IPv6, or several that do so together, the
 * loopback included. A port changes nothing: it opens that port everywhere.
 */
export function tooWide(rules: readonly AllowRule[]): string[] {
  const ranges = rules.filter(({ subnet }) => subnet !== undefined)
  const contains = (some: readonly AllowRule[], family: 'ipv4' | 'ipv6', addresses: readonly string[]) =>
    addresses.every((address) => some.some(({ subnet }) => subnet?.check(address, family)))
  const alone = ranges.filter((rule) => FAMILIES.some((family) => contains([rule], family, PRIVATE_SPACE[family])))
  const together = FAMILIES.some((family) => contains(ranges, family, [...PRIVATE_SPACE[family], ...LOOPBACK[family]]))
  if (alone.length === 0 && together) return [`"${ranges.map(({ text }) => text).join(',')}" opens every private address`]
  return alone.map(({ text }) => `"${text}" opens every private address`)
}

const FAMILIES = ['ipv4', 'ipv6'] as const

const entriesOf = (text: string): string[] =>
  text
    .split(',')
    .map((entry) => entry.trim())
    .filter((entry) => entry !== '')

function parseRule(text: string): AllowRule {
  const bad = (why: string) => new Error(`"${text}" ${why}; write host, host:port, 10.0.0.0/8, 10.0.0.0/8:port or [fd00::1]:port`)
  const parts = /^(?:\[([^\]]+)\](\/\d{1,3})?|([^:[\]]+|[\da-f:.]+\/\d{1,3}))(?::(\d{1,5}))?$/i.exec(text)
  if (!parts) throw bad(isIP(text.split('/')[0]!) === 6 ? 'is an IPv6 address without brackets' : 'is not a host or an address')
  const target = parts[1] === undefined ? parts[3]! : parts[1] + (parts[2] ?? '')
  const port = parts[4] === undefined ? undefined : Number(parts[4])
  if (port !== undefined && (port < 1 || port > 65_535)) throw bad('has a port outside 1-65535')
  const withPort = port === undefined ? {} : { port }

  const [base = '', length, ...rest] = target.split('/')
  const address = plain(base)
  if (address !== null) {
    const family = isIP(address)
    const bits = family === 6 ? 128 : 32
    // A range in IPv4-mapped form includes its 96 leading bits.
    const mapped = isIP(base) === 6 && family === 4 ? 96 : 0
    const prefix = length === undefined ? bits : /^\d{1,3}$/.test(length) ? Number(length) - mapped : -1
    if (rest.length > 0 || prefix < 0 || prefix > bits) throw bad(`has a prefix outside 0-${bits}`)
    const subnet = new BlockList()
    subnet.addSubnet(address, prefix, family === 6 ? 'ipv6' : 'ipv4')
    return { text, subnet, ...(prefix === bits ? { exact: address } : {}), ...withPort }
  }

  const host = domainToASCII(base.replace(/\.$/, '')).toLowerCase()
  // A last label of digits is a mistyped address: such a name cannot exist, and `10.0.1` would silently never match.
  if (parts[1] !== undefined || length !== undefined || !NAME.test(host) || /(^|\.)(\d+|0x[0-9a-f]*)$/.test(host)) throw bad('is not a host or an address')
  return { text, host, ...withPort }
}
