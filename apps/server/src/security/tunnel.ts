import type { Socket } from 'node:net'
import { hostPort } from './addresses.ts'
import { httpConnect } from './http-connect.ts'
import { openSocket, race, secureSocket } from './open-socket.ts'
import { ProxyFailure, type ProxyServer } from './proxy.ts'
import { socks5 } from './socks5.ts'
import { type Trust, tlsOptions } from './trust.ts'

/** How long a proxy may work on one address before it is asked for the next one beside it, milliseconds: it opens a connection itself. */
const PATIENCE = 1_000

export interface TunnelParts {
  proxy: ProxyServer
  /** The addresses of the proxy itself. */
  through: readonly string[]
  /** For an `https` proxy. */
  trust: Trust
}

/** A connection to the first of these hosts that the proxy reaches: addresses, or one name. Each is asked for over a connection of its own. */
export async function openTunnel(parts: TunnelParts, hosts: readonly string[], port: number, signal: AbortSignal): Promise<Socket> {
  const { proxy } = parts
  let asked = false
  const one = async (host: string, stop: AbortSignal): Promise<Socket> => {
    const socket = await toProxy(parts, stop)
    asked = true
    try {
      return await (proxy.protocol === 'socks5' ? socks5 : httpConnect)(proxy, socket, host, port, stop)
    } catch (error) {
      // Whatever failed, a host that cannot be written included: nobody else has this socket.
      socket.destroy()
      throw error
    }
  }
  // A proxy that fails itself fails for every address.
  const final = (error: unknown) => error instanceof ProxyFailure && error.fault === 'own'
  try {
    return await race(hosts, one, signal, PATIENCE, final)
  } catch (error) {
    if (error instanceof AggregateError) throw error.errors[0]
    if (!signal.aborted || error instanceof ProxyFailure) throw error
    throw asked
      ? new ProxyFailure(proxy, `did not reach ${hostPort(hosts[0] ?? '', port)} in time`, { fault: 'path' })
      : new ProxyFailure(proxy, 'did not answer in time')
  }
}

/** A connection to the proxy itself, with TLS where that is its protocol. Throws a `ProxyFailure`, or the reason of the signal. */
export async function toProxy({ proxy, through, trust }: TunnelParts, signal: AbortSignal): Promise<Socket> {
  try {
    const socket = await openSocket(through, proxy.port, signal)
    return proxy.protocol === 'https' ? await secureSocket(socket, proxy.host, tlsOptions(trust), signal) : socket
  } catch (error) {
    if (signal.aborted) throw signal.reason
    throw unreachable(proxy, error)
  }
}

const WORDS: Record<string, string | undefined> = {
  ECONNREFUSED: 'refused the connection',
  ECONNRESET: 'closed the connection',
  ETIMEDOUT: 'did not answer in time',
  EHOSTUNREACH: 'cannot be reached from here',
  ENETUNREACH: 'cannot be reached from here',
}

function unreachable(proxy: ProxyServer, error: unknown): ProxyFailure {
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  const words = WORDS[code]
  if (words !== undefined) return new ProxyFailure(proxy, words)
  if (proxy.protocol === 'https') return new ProxyFailure(proxy, `has no certificate that we can trust (${code})`, { lasting: true })
  return new ProxyFailure(proxy, 'could not be reached')
}
