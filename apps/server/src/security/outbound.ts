import { type LookupAddress, lookup as systemLookup } from 'node:dns'
import { isIP, type Socket } from 'node:net'
import type { ConnectionOptions } from 'node:tls'
import type { buildConnector } from 'undici'
import type { NamedBy } from '../domain/named-by.ts'
import { bareHost, hostPort, isListed, isPrivate, type Use, whyNot } from './addresses.ts'
import type { AllowRule } from './allow-list.ts'
import { createLookups, type Lookup } from './lookups.ts'
import { openSocket, type SecureOptions, secureSocket } from './open-socket.ts'
import { ProxyFailure, type ProxyServer } from './proxy.ts'
import { type Trust, tlsOptions } from './trust.ts'
import { openTunnel, toProxy } from './tunnel.ts'

export type { Socket } from 'node:net'
export { bareHost, hostPort } from './addresses.ts'
export { type AllowRule, parseAllowList, tooWide } from './allow-list.ts'
export type { Lookup } from './lookups.ts'
export { ProxyFailure, type ProxyServer, parseProxy, proxyKey, proxyName } from './proxy.ts'
export { type Trust, tlsOptions } from './trust.ts'

/** The variables with the exceptions, by who names an address. */
const VARIABLE: Record<NamedBy, string> = { application: 'CARILLON_OUTBOUND_ALLOW', person: 'CARILLON_OUTBOUND_ALLOW_USERS' }

/** An address that the hub must not call. The sentence is for operators; `allowValue` is the value to add to `variable`. */
export class OutboundDenied extends Error {
  readonly code = 'address_not_allowed'
  readonly namedBy: NamedBy
  readonly allowValue: string
  readonly variable: string

  constructor(target: string, why: string, allowValue: string, namedBy: NamedBy) {
    super(`${target} ${why}${namedBy === 'person' ? ' and was named by a person' : ''}; add "${allowValue}" to ${VARIABLE[namedBy]} to allow it`)
    this.name = 'OutboundDenied'
    this.namedBy = namedBy
    this.allowValue = allowValue
    this.variable = VARIABLE[namedBy]
  }
}

export interface OutboundOptions {
  /** Non-public addresses that connections, event types and applications may name. */
  allow?: readonly AllowRule[]
  /** Non-public addresses that people may name. */
  allowUsers?: readonly AllowRule[]
  /** Tests replace it. */
  lookup?: Lookup
  /** Timeout of DNS, TCP and TLS together, the proxy included, milliseconds. */
  connectMs?: number
  /** What every connection goes through that has no proxy of its own. */
  proxy?: ProxyServer | null
  /** A proxy is asked for names; else for addresses that were resolved and checked here. */
  proxyResolves?: boolean
  /** Certificates of `https` proxies; tests replace it. */
  proxyTrust?: Trust
}

/** TLS for a socket; the server name is always that of the host. */
export type TlsOptions = Pick<ConnectionOptions, 'ALPNProtocols' | 'ca' | 'rejectUnauthorized' | 'secureContext'>

/** A server, and how it is called. */
export interface Call {
  host: string
  port: number
  /** Default: `mail`. */
  use?: Use
  /** Absent: TCP. */
  tls?: TlsOptions
  /** Timeout of DNS, TCP and TLS together, the proxy included, milliseconds. */
  timeoutMs?: number
  /** The connection's own proxy, in place of the hub's. */
  proxy?: ProxyServer | undefined
}

export interface Outbound {
  /**
   * For an undici dispatcher. Each connector has its own TLS sessions: a resumed session is not verified again, so a strict connector must
   * not reuse sessions of a lax one. A socket that stays open was checked for one `namedBy` only, so each needs a dispatcher of its own.
   */
  connector(namedBy: NamedBy, trust?: Trust, proxy?: ProxyServer): buildConnector.connector
  /**
   * Opens a socket: tries every checked address, in turn. Throws `OutboundDenied`, `ProxyFailure`, the resolver's error, that of the last address,
   * or `ETIMEDOUT`.
   */
  open(call: Call, namedBy: NamedBy): Promise<Socket>
  /**
   * Whether a socket would be opened, to know it beforehand. Throws `OutboundDenied` or the resolver's error. It names no address: those that it
   * saw may be others at the next look.
   */
  permits(call: Pick<Call, 'host' | 'port' | 'use' | 'proxy'>, namedBy: NamedBy): Promise<void>
  /** Whether names are left to a proxy: then no address that a person named can be checked. */
  readonly proxyResolves: boolean
  /** Whether the hub's own proxy accepts connections; it is asked for nothing. Throws a `ProxyFailure`. */
  checkProxy(): Promise<void>
}

/** TLS sessions that one connector remembers. */
const SESSIONS = 100

/** Where a socket is opened to: checked addresses, or a name that the proxy resolves. */
interface Way {
  hosts: string[]
  /** Absent: directly. */
  proxy?: ProxyServer
}

/**
 * The outbound guard. Every literal and every address of a name is checked when a socket is opened, and the socket connects to a checked
 * address, so a second DNS answer cannot redirect it. One refused address refuses the whole name. A proxy is asked for the checked address;
 * what the operator allowed although it is not public is reached directly.
 */
export function createOutbound(options: OutboundOptions = {}): Outbound {
  const { allow = [], allowUsers = [], lookup = systemAddresses, connectMs = 5_000, proxy: hubProxy = null, proxyResolves = false, proxyTrust = {} } = options
  const rules: Record<NamedBy, readonly AllowRule[]> = { application: allow, person: allowUsers }
  const resolve = createLookups(lookup)

  function check(host: string, address: string, port: number, use: Use, namedBy: NamedBy): void {
    const refusal = whyNot(rules[namedBy], host, address, port, use)
    if (refusal !== null) throw new OutboundDenied(hostPort(host, port), refusal.why, hostPort(refusal.exactly ?? host, port), namedBy)
  }

  async function addressesOf(host: string, signal: AbortSignal): Promise<string[]> {
    const addresses = isIP(host) === 0 ? (await resolve(host, signal)).map(({ address }) => address) : [host]
    if (addresses.length === 0) throw Object.assign(new Error('The name has no address'), { code: 'ENOTFOUND' })
    return addresses
  }

  async function checkedAddresses({ host, port, use = 'mail' }: Call, namedBy: NamedBy, signal: AbortSignal): Promise<string[]> {
    const addresses = await addressesOf(host, signal)
    for (const address of addresses) check(host, address, port, use, namedBy)
    return addresses
  }

  /** Throws `OutboundDenied` or the resolver's error. */
  async function wayTo(call: Call, namedBy: NamedBy, signal: AbortSignal): Promise<Way> {
    const { host, port, proxy = hubProxy } = call
    if (proxy === null) return { hosts: await checkedAddresses(call, namedBy, signal) }
    const listed = isListed(rules[namedBy], host, port)
    if (proxyResolves && !listed && namedBy === 'person')
      throw new OutboundDenied(hostPort(host, port), 'cannot be checked, because the proxy resolves names,', hostPort(host, port), namedBy)
    if (proxyResolves && !listed && isIP(host) === 0) {
      // A name leads anywhere, but the port is known.
      check(host, PUBLIC, port, call.use ?? 'mail', namedBy)
      return { hosts: [host], proxy }
    }
    const hosts = await checkedAddresses(call, namedBy, signal)
    const own = hosts.filter((address) => isPrivate(address))
    return own.length > 0 ? { hosts: own } : { hosts, proxy }
  }

  /** The addresses of a proxy. That of the hub is the operator's word; a connection's own is judged as the other addresses in its settings are. */
  async function through(proxy: ProxyServer, signal: AbortSignal): Promise<string[]> {
    const addresses = await addressesOf(proxy.host, signal).catch((error: unknown) => {
      throw signal.aborted ? error : new ProxyFailure(proxy, 'has a name that does not resolve')
    })
    if (proxy.setBy === 'connection') for (const address of addresses) checkProxyAddress(proxy, address)
    return addresses
  }

  function checkProxyAddress(proxy: ProxyServer, address: string): void {
    const refusal = whyNot(allow, proxy.host, address, proxy.port, 'web')
    if (refusal === null) return
    const value = hostPort(refusal.exactly ?? proxy.host, proxy.port)
    throw new ProxyFailure(proxy, `${refusal.why}; add "${value}" to ${VARIABLE.application} to allow it`, { lasting: true })
  }

  async function open(call: Call & { tls?: SecureOptions }, namedBy: NamedBy): Promise<Socket> {
    const { host, port, use = 'mail', tls, timeoutMs = connectMs } = call
    return withDeadline(timeoutMs, async (signal) => {
      const { hosts, proxy } = await wayTo(call, namedBy, signal)
      const socket =
        proxy === undefined
          ? await openSocket(hosts, port, signal)
          : await openTunnel({ proxy, through: await through(proxy, signal), trust: proxyTrust }, hosts, port, signal)
      try {
        // Checks the address that the kernel actually connected to, by the same rule, in case the lookup was bypassed.
        if (proxy === undefined) check(host, socket.remoteAddress ?? '', port, use, namedBy)
      } catch (refusal) {
        socket.destroy()
        throw refusal
      }
      return tls === undefined ? socket : secureSocket(socket, host, tls, signal)
    })
  }

  return {
    connector(namedBy, trust = {}, proxy = undefined) {
      const tls: TlsOptions = { ...tlsOptions(trust), ALPNProtocols: ['http/1.1'] }
      const sessions = new Map<string, Buffer>()
      function secured(server: string): SecureOptions {
        const session = sessions.get(server)
        const learned = (next: Buffer) => {
          sessions.delete(server)
          if (sessions.size >= SESSIONS) sessions.delete(sessions.keys().next().value!)
          sessions.set(server, next)
        }
        return { ...tls, learned, ...(session && { session }) }
      }
      return (options, callback) => {
        const secure = options.protocol === 'https:'
        const host = bareHost(options.hostname)
        const port = Number(options.port) || (secure ? 443 : 80)
        open({ host, port, use: 'web', proxy, ...(secure && { tls: secured(hostPort(host, port)) }) }, namedBy).then(
          (socket) => callback(null, socket),
          (error: Error) => callback(error, null),
        )
      }
    },

    open: (call, namedBy) => open({ ...call, host: bareHost(call.host) }, namedBy),

    permits: (call, namedBy) =>
      withDeadline(
        connectMs,
        async (signal) => {
          await wayTo({ ...call, host: bareHost(call.host) }, namedBy, signal)
        },
        'The name was not resolved in time',
      ),

    proxyResolves,

    async checkProxy() {
      if (hubProxy === null) return
      await withDeadline(connectMs, async (signal) => {
        const parts = { proxy: hubProxy, through: await through(hubProxy, signal), trust: proxyTrust }
        const socket = await toProxy(parts, signal).catch((error: unknown) => {
          throw signal.aborted ? new ProxyFailure(hubProxy, 'did not answer in time') : error
        })
        socket.destroy()
      })
    },
  }
}

/** Any public address: for the rules about ports. */
const PUBLIC = '1.1.1.1'

/** One deadline for all that `work` does; what it has open then is closed by the signal. */
async function withDeadline<T>(ms: number, work: (signal: AbortSignal) => Promise<T>, late = 'No connection in time'): Promise<T> {
  const stop = new AbortController()
  const timer = setTimeout(() => stop.abort(Object.assign(new Error(late), { code: 'ETIMEDOUT' })), ms)
  try {
    return await work(stop.signal)
  } finally {
    clearTimeout(timer)
  }
}

function systemAddresses(host: string, done: (error: Error | null, addresses: LookupAddress[]) => void): void {
  systemLookup(host, { all: true, order: 'verbatim' }, done)
}
