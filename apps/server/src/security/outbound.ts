import { type LookupAddress, lookup as systemLookup } from 'node:dns'
import { BlockList, isIP, type LookupFunction } from 'node:net'
import { buildConnector } from 'undici'
import { type AllowRule, plain } from './allow-list.ts'
import { type Trust, tlsOptions } from './trust.ts'

export { type AllowRule, parseAllowList } from './allow-list.ts'
export { type Trust, tlsOptions } from './trust.ts'

/** An address that the hub must not call. `allowValue` is the value to add to `CARILLON_OUTBOUND_ALLOW`. */
export class OutboundDenied extends Error {
  readonly code = 'address_not_allowed'
  readonly allowValue: string

  constructor(target: string, why: string, allowValue: string) {
    super(`${target} ${why}; add "${allowValue}" to CARILLON_OUTBOUND_ALLOW to allow it`)
    this.name = 'OutboundDenied'
    this.allowValue = allowValue
  }
}

export type Lookup = (host: string, done: (error: Error | null, addresses: LookupAddress[]) => void) => void

export interface OutboundOptions {
  /** Permitted non-public addresses. */
  allow?: AllowRule[]
  /** Resolves all addresses of a name; tests replace it. */
  lookup?: Lookup
  /** Timeout of DNS, TCP and TLS together, milliseconds. */
  connectMs?: number
}

export interface Outbound {
  /**
   * For an undici dispatcher: opens sockets to checked addresses. Each connector has its own TLS sessions: a resumed session is not
   * verified again, so a strict connector must not reuse sessions of a lax one.
   */
  connector(trust?: Trust): buildConnector.connector
  /**
   * One checked address: for protocols with their own sockets, or (`web`) to check in advance whether an http(s) address would be refused.
   * Throws `OutboundDenied` or the resolver's error.
   */
  resolve(host: string, port: number, use?: 'mail' | 'web'): Promise<{ address: string; family: 4 | 6 }>
}

// Everything that is not the public internet: IANA's special-purpose registries (RFC 6890 and later), including NAT64, SIIT and 6to4, because those
// embed an unchecked IPv4 address.
const notPublic = subnets(
  '0.0.0.0/8 10.0.0.0/8 100.64.0.0/10 127.0.0.0/8 169.254.0.0/16 172.16.0.0/12 192.0.0.0/24 192.0.2.0/24 192.88.99.0/24 192.168.0.0/16 ' +
    '198.18.0.0/15 198.51.100.0/24 203.0.113.0/24 224.0.0.0/4 240.0.0.0/4 ' +
    '::/96 ::ffff:0:0:0/96 64:ff9b::/96 64:ff9b:1::/48 100::/64 2001::/23 2001:db8::/32 2002::/16 3fff::/20 5f00::/16 fc00::/7 fe80::/10 fec0::/10 ff00::/8',
)

// Metadata addresses where clouds issue credentials (AWS/GCP/Azure, AWS over IPv6, Azure's wire server, Alibaba, Oracle). A range or a name never
// permits them.
const metadata = subnets('169.254.169.254/32 fd00:ec2::254/128 168.63.129.16/32 100.100.100.200/32 192.0.0.192/32')

// Unprivileged ports of daemons that trust their network: Docker, etcd, databases, brokers, Kubernetes, caches.
const SERVICE_PORTS = new Set([2375, 2376, 2379, 2380, 3306, 5432, 5672, 6379, 6443, 9092, 9200, 9300, 10250, 11211, 27017])
const WEB_PORTS = new Set([80, 443])
const MAIL_PORTS = new Set([25, 465, 587])

/**
 * The outbound guard. Every literal and every address of a name is checked when a socket is opened, and the socket connects to the checked
 * address, so a second DNS answer cannot redirect it. One refused address refuses the whole name.
 */
export function createOutbound({ allow = [], lookup = systemAddresses, connectMs = 5_000 }: OutboundOptions = {}): Outbound {
  function check(host: string, address: string, port: number, privileged: ReadonlySet<number>): void {
    const refusal = whyNot(allow, host, address, port, privileged)
    if (refusal === null) return
    const written = refusal.exactly ?? host
    const target = `${isIP(written) === 6 ? `[${written}]` : written}:${port}`
    throw new OutboundDenied(isIP(host) === 6 ? `[${host}]:${port}` : `${host}:${port}`, refusal.why, target)
  }

  function addressesOf(host: string, port: number, privileged: ReadonlySet<number>, done: (error: Error | null, addresses: LookupAddress[]) => void): void {
    const checked = (addresses: LookupAddress[]): Error | null => {
      if (addresses.length === 0) return Object.assign(new Error('The name has no address'), { code: 'ENOTFOUND' })
      try {
        for (const { address } of addresses) check(host, address, port, privileged)
        return null
      } catch (error) {
        return error instanceof Error ? error : new Error(String(error))
      }
    }
    if (isIP(host) !== 0) {
      const literal = [{ address: host, family: isIP(host) }]
      done(checked(literal), literal)
      return
    }
    lookup(host, (error, addresses) => done(error ?? checked(addresses), addresses))
  }

  const connector: Outbound['connector'] = (trust = {}) => {
    const tls = tlsOptions(trust)
    // Node passes only the name to a lookup, but the rules need the port: one connector per port in use.
    const connectors = new Map<number, buildConnector.connector>()
    function connectorFor(port: number): buildConnector.connector {
      let connector = connectors.get(port)
      if (!connector) {
        const pinned: LookupFunction = (host, options, done) =>
          addressesOf(host, port, WEB_PORTS, (error, addresses) => {
            if (error) done(error, '')
            else if (options.all) done(null, addresses)
            else done(null, addresses[0]!.address, addresses[0]!.family)
          })
        connector = buildConnector({ ...tls, timeout: connectMs, allowH2: false, lookup: pinned, autoSelectFamily: true, port })
        connectors.set(port, connector)
      }
      return connector
    }

    return (options, callback) => {
      const host = bare(options.hostname)
      const port = Number(options.port) || (options.protocol === 'https:' ? 443 : 80)
      if (isIP(host) !== 0) {
        // Node does no lookup for a literal, so `pinned` never sees it.
        try {
          check(host, host, port, WEB_PORTS)
        } catch (error) {
          const refusal = error instanceof Error ? error : new Error(String(error))
          queueMicrotask(() => callback(refusal, null))
          return
        }
      }
      connectorFor(port)({ ...options, hostname: host, servername: isIP(host) === 0 ? host : '', port: String(port) }, (...[error, socket]) => {
        if (error) {
          callback(error, null)
          return
        }
        try {
          // Checks the address that the kernel actually connected to, by the same rule, in case the lookup was bypassed.
          check(host, socket.remoteAddress ?? '', port, WEB_PORTS)
          callback(null, socket)
        } catch (refusal) {
          socket.destroy()
          callback(refusal instanceof Error ? refusal : new Error(String(refusal)), null)
        }
      })
    }
  }

  return {
    connector,

    resolve(name, port, use = 'mail') {
      const host = bare(name)
      return new Promise((resolve, reject) => {
        const timer = setTimeout(() => reject(Object.assign(new Error('The name was not resolved in time'), { code: 'ETIMEDOUT' })), connectMs)
        addressesOf(host, port, use === 'web' ? WEB_PORTS : MAIL_PORTS, (error, addresses) => {
          clearTimeout(timer)
          if (error) reject(error)
          else resolve({ address: addresses[0]!.address, family: isIP(addresses[0]!.address) === 6 ? 6 : 4 })
        })
      })
    },
  }
}

/** Order: metadata addresses > the operator's list > non-public addresses > ports. Null = permitted. */
function whyNot(allow: AllowRule[], host: string, address: string, port: number, privileged: ReadonlySet<number>): { why: string; exactly?: string } | null {
  const ip = plain(address)
  if (ip === null) return { why: 'has no usable address' }
  const family = isIP(ip) === 6 ? 'ipv6' : 'ipv4'
  const forPort = allow.filter((rule) => rule.port === undefined || rule.port === port)
  if (metadata.check(ip, family)) {
    return forPort.some((rule) => rule.exact === ip) ? null : { why: 'leads to the metadata service of a cloud', exactly: ip }
  }
  if (forPort.some((rule) => rule.host === host || rule.subnet?.check(ip, family))) return null
  if (notPublic.check(ip, family)) return { why: isIP(host) === 0 ? 'leads to a private address' : 'is a private address' }
  if (privileged.has(port) || (port >= 1024 && !SERVICE_PORTS.has(port))) return null
  return { why: 'is a port of another service' }
}

/** The normalised host: lower case, no brackets, without one trailing dot, IPv4-in-IPv6 unwrapped. */
function bare(hostname: string): string {
  const host = hostname
    .replace(/^\[|\]$/g, '')
    .replace(/\.$/, '')
    .toLowerCase()
  return plain(host) ?? host
}

function systemAddresses(host: string, done: (error: Error | null, addresses: LookupAddress[]) => void): void {
  systemLookup(host, { all: true, order: 'verbatim' }, done)
}

function subnets(text: string): BlockList {
  const list = new BlockList()
  for (const range of text.split(' ')) {
    const [base = '', length] = range.split('/')
    list.addSubnet(base, Number(length), isIP(base) === 6 ? 'ipv6' : 'ipv4')
  }
  return list
}
