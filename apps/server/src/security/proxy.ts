import { bareHost, hostPort } from './addresses.ts'

/** A proxy through which sockets are opened: HTTP CONNECT (RFC 9110 9.3.6), over TLS or not, or SOCKS5 (RFC 1928, 1929). */
export interface ProxyServer {
  protocol: 'http' | 'https' | 'socks5'
  /** Normalised, without brackets. */
  host: string
  port: number
  username: string
  password: string
  /** Where it is set: what an operator corrects. A connection’s own proxy is a setting, so the guard judges its address. */
  setBy: 'connection' | 'operator'
}

const PORTS = { http: 80, https: 443, socks5: 1080 } as const
const SCHEMES: Record<string, ProxyServer['protocol'] | undefined> = { 'http:': 'http', 'https:': 'https', 'socks5:': 'socks5' }

/** The longest user name and password of SOCKS5, bytes (RFC 1929 2). */
const MOST = 255

/** Parses `http://user:password@host:port`, or returns why it is none, in words without its content: it holds a password. */
export function parseProxy(text: string, setBy: ProxyServer['setBy']): ProxyServer | string {
  const url = URL.parse(text)
  const protocol = SCHEMES[url?.protocol ?? '']
  if (url === null || protocol === undefined) return 'must begin with http://, https:// or socks5://, such as http://proxy.example.com:3128'
  if (url.hostname === '') return 'must name the host of the proxy'
  if (url.port === '0') return 'must have a port from 1 to 65535'
  if (!['', '/'].includes(url.pathname) || url.search !== '' || url.hash !== '') return 'must end after the port'
  try {
    const [username, password] = [decodeURIComponent(url.username), decodeURIComponent(url.password)]
    if ([username, password].some((one) => Buffer.byteLength(one) > MOST)) return `must have a user name and a password of at most ${MOST} bytes each`
    return { protocol, host: bareHost(url.hostname), port: Number(url.port) || PORTS[protocol], username, password, setBy }
  } catch {
    return 'must have its user name and password percent-encoded'
  }
}

/** The proxy as it may be shown: without its user name and password. */
export const proxyName = ({ host, port }: ProxyServer): string => hostPort(host, port)

/** Equal for equal proxies; a secret. */
export const proxyKey = (proxy: ProxyServer): string => JSON.stringify(proxy)

/** `own`: the proxy itself failed, whatever was asked for. `path`: it works, and did not reach the address. */
export type ProxyFault = 'own' | 'path'

/** A failure between hub and proxy, or between proxy and server. The sentence begins with “the proxy” and holds no secret; it has no cause, which could. */
export class ProxyFailure extends Error {
  readonly fault: ProxyFault
  /** Another try does not help: user name, permission, certificate, protocol. */
  readonly lasting: boolean
  readonly setBy: ProxyServer['setBy']
  /** The HTTP status that the proxy answered. */
  readonly status: number | undefined

  constructor(
    proxy: ProxyServer,
    sentence: string,
    { fault = 'own', lasting = false, status }: { fault?: ProxyFault; lasting?: boolean; status?: number } = {},
  ) {
    super(`the proxy ${proxyName(proxy)} ${sentence}`)
    this.name = 'ProxyFailure'
    this.fault = fault
    this.lasting = lasting
    this.setBy = proxy.setBy
    this.status = status
  }
}
