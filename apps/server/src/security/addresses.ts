import { BlockList, isIP } from 'node:net'
import { type AllowRule, plain } from './allow-list.ts'

/** What is spoken to the address: it decides which ports below 1024 are its own. */
export type Use = 'mail' | 'web'

// Everything that is not the public internet: IANA's special-purpose registries (RFC 6890 and later), including NAT64, SIIT and 6to4, because those
// embed an unchecked IPv4 address.
const notPublic = subnets(
  '0.0.0.0/8 10.0.0.0/8 100.64.0.0/10 127.0.0.0/8 169.254.0.0/16 172.16.0.0/12 192.0.0.0/24 192.0.2.0/24 192.88.99.0/24 192.168.0.0/16 ' +
    '198.18.0.0/15 198.51.100.0/24 203.0.113.0/24 224.0.0.0/4 240.0.0.0/4 ' +
    '::/96 ::ffff:0:0:0/96 64:ff9b::/96 64:ff9b:1::/48 100::/64 2001::/23 2001:db8::/32 2002::/16 3fff::/20 5f00::/16 fc00::/7 fe80::/10 fec0::/10 ff00::/8',
)

// Metadata addresses where clouds issue credentials: AWS, GCP and Azure, each over IPv6; the roles of AWS's containers (ECS, EKS); Azure's wire server; Alibaba;
// Oracle; Scaleway. A range or a name never permits them, nor their forms for translators (NAT64, 6to4) in a range that was opened for those.
const METADATA = '169.254.169.254 169.254.170.2 169.254.170.23 168.63.129.16 100.100.100.200 192.0.0.192 169.254.42.42'.split(' ')
const hex = (address: string): string =>
  Buffer.from(address.split('.').map(Number))
    .toString('hex')
    .replace(/^(.{4})/, '$1:')
const metadata = subnets(
  [
    ...METADATA.flatMap((address) => [`${address}/32`, `64:ff9b::${hex(address)}/128`, `2002:${hex(address)}::/48`]),
    ...['fd00:ec2::254/128', 'fd00:ec2::23/128', 'fd20:ce::254/128', 'fd00:42::42/128'],
  ].join(' '),
)

// Unprivileged ports of daemons that trust their network: Docker, etcd, databases, brokers, Kubernetes, caches.
const SERVICE_PORTS = new Set([2375, 2376, 2379, 2380, 3306, 5432, 5672, 6379, 6443, 9092, 9200, 9300, 10250, 11211, 27017])
const PRIVILEGED: Record<Use, ReadonlySet<number>> = { mail: new Set([25, 465, 587]), web: new Set([80, 443]) }

/**
 * Why an address of `host` may not be called, null when it may; `exactly`: only an exception for this address would allow it. The order is
 * metadata addresses > the list of exceptions > non-public addresses > ports.
 */
export function whyNot(allow: readonly AllowRule[], host: string, address: string, port: number, use: Use): { why: string; exactly?: string } | null {
  const ip = plain(address)
  if (ip === null) return { why: 'has no usable address' }
  const family = isIP(ip) === 6 ? 'ipv6' : 'ipv4'
  const forPort = allow.filter((rule) => rule.port === undefined || rule.port === port)
  if (metadata.check(ip, family)) {
    return forPort.some((rule) => rule.exact === ip) ? null : { why: 'leads to the metadata service of a cloud', exactly: ip }
  }
  if (forPort.some((rule) => rule.host === host || rule.subnet?.check(ip, family))) return null
  if (notPublic.check(ip, family)) return { why: isIP(host) === 0 ? 'leads to a private address' : 'is a private address' }
  if (PRIVILEGED[use].has(port) || (port >= 1024 && !SERVICE_PORTS.has(port))) return null
  return { why: 'is a port of another service' }
}

/** Whether an address is outside the public internet: only an exception permits it. */
export function isPrivate(address: string): boolean {
  const ip = plain(address)
  const family = ip !== null && isIP(ip) === 6 ? 'ipv6' : 'ipv4'
  return ip === null || notPublic.check(ip, family) || metadata.check(ip, family)
}

/** Whether an exception names this host itself. */
export const isListed = (allow: readonly AllowRule[], host: string, port: number): boolean =>
  allow.some((rule) => (rule.host === host || rule.exact === host) && (rule.port === undefined || rule.port === port))

/** The normalised host: lower case, no brackets, without one trailing dot, IPv4-in-IPv6 unwrapped. */
export function bareHost(hostname: string): string {
  const host = hostname
    .replace(/^\[|\]$/g, '')
    .replace(/\.$/, '')
    .toLowerCase()
  return plain(host) ?? host
}

/** `host:port`, with brackets around an IPv6 address. */
export const hostPort = (host: string, port: number): string => `${isIP(host) === 6 ? `[${host}]` : host}:${port}`

function subnets(text: string): BlockList {
  const list = new BlockList()
  for (const range of text.split(' ')) {
    const [base = '', length] = range.split('/')
    list.addSubnet(base, Number(length), isIP(base) === 6 ? 'ipv6' : 'ipv4')
  }
  return list
}
