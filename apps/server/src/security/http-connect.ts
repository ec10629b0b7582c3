import { type IncomingMessage, request } from 'node:http'
import type { Socket } from 'node:net'
import { hostPort } from './addresses.ts'
import { ProxyFailure, type ProxyServer } from './proxy.ts'

/** Asks an HTTP proxy on this socket for a tunnel (RFC 9110 9.3.6). The socket is then the tunnel; it is destroyed on failure. */
export function httpConnect(proxy: ProxyServer, socket: Socket, host: string, port: number, signal: AbortSignal): Promise<Socket> {
  const target = hostPort(host, port)
  return new Promise((resolve, reject) => {
    const asking = request({
      method: 'CONNECT',
      path: target,
      createConnection: () => socket,
      headers: { host: target, ...authorization(proxy) },
      signal,
    })
    asking.once('connect', (answer: IncomingMessage, tunnel: Socket, first: Buffer) => {
      const { statusCode = 0 } = answer
      if (statusCode < 200 || statusCode > 299) {
        tunnel.destroy()
        reject(refusal(proxy, target, statusCode))
        return
      }
      // What the server has already said.
      if (first.length > 0) tunnel.unshift(first)
      resolve(tunnel)
    })
    asking.once('error', (error) => {
      socket.destroy()
      reject(signal.aborted ? signal.reason : broken(proxy, error))
    })
    asking.end()
  })
}

const authorization = ({ username, password }: ProxyServer): Record<string, string> =>
  username === '' && password === '' ? {} : { 'proxy-authorization': `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}` }

function refusal(proxy: ProxyServer, target: string, status: number): ProxyFailure {
  if (status === 407) {
    const said = proxy.username === '' && proxy.password === '' ? 'demands a user name and a password' : 'does not accept its user name and password'
    return new ProxyFailure(proxy, `${said} (407)`, { lasting: true, status })
  }
  if (status === 403 || status === 405) return new ProxyFailure(proxy, `does not allow ${target} (${status})`, { lasting: true, status })
  if (status === 429 || status === 500) return new ProxyFailure(proxy, `answered ${status} when it was asked for ${target}`, { status })
  if (status >= 500) return new ProxyFailure(proxy, `could not reach ${target} (${status})`, { fault: 'path', status })
  return new ProxyFailure(proxy, `answered ${status} when it was asked for ${target}; is it a proxy?`, { lasting: true, status })
}

const broken = (proxy: ProxyServer, error: Error): ProxyFailure =>
  'code' in error && String(error.code).startsWith('HPE_')
    ? new ProxyFailure(proxy, 'does not answer as an HTTP proxy does', { lasting: true })
    : new ProxyFailure(proxy, 'closed the connection')
