import type { Socket } from 'node:net'
import { hostPort } from './addresses.ts'
import { ProxyFailure, type ProxyServer } from './proxy.ts'

/** Asks a SOCKS5 proxy on this socket for a connection (RFC 1928). The socket is then that connection; it is destroyed on failure. */
export async function socks5(proxy: ProxyServer, socket: Socket, host: string, port: number, signal: AbortSignal): Promise<Socket> {
  const stop = () => socket.destroy()
  signal.addEventListener('abort', stop, { once: true })
  try {
    // Loaded on demand: most hubs have no SOCKS proxy. A failed load is no failure of the proxy.
    const { SocksClient } = await import('socks')
    const { username, password } = proxy
    const sought = SocksClient.createConnection({
      command: 'connect',
      destination: { host, port },
      existing_socket: socket,
      proxy: { host: proxy.host, port: proxy.port, type: 5, ...(username === '' && password === '' ? {} : { userId: username, password }) },
    })
    await sought.catch((error: unknown) => {
      throw failureOf(proxy, error, hostPort(host, port))
    })
    await settled(socket)
    return socket
  } catch (error) {
    socket.destroy()
    throw signal.aborted ? signal.reason : error
  } finally {
    signal.removeEventListener('abort', stop)
  }
}

/**
 * The library sets the socket flowing in its next turn, when its next owner may not listen yet, as with a server that speaks first. What was
 * read is put back, and the socket waits for that owner.
 */
async function settled(socket: Socket): Promise<void> {
  const read: Buffer[] = []
  const keep = (chunk: Buffer) => void read.push(chunk)
  socket.on('data', keep)
  await new Promise((turn) => setImmediate(turn))
  socket.pause().off('data', keep)
  if (read.length > 0) socket.unshift(Buffer.concat(read))
}

/** The library's words: it has no codes. Its error holds the password, so it is not kept as a cause. */
function failureOf(proxy: ProxyServer, error: unknown, target: string): ProxyFailure {
  const words = error instanceof Error ? error.message : ''
  const known = FAULTS.find(([pattern]) => pattern.test(words))
  if (known === undefined) return new ProxyFailure(proxy, 'closed the connection')
  const [, sentence, options] = known
  return new ProxyFailure(proxy, sentence(target), options)
}

const FAULTS: [RegExp, sentence: (target: string) => string, ConstructorParameters<typeof ProxyFailure>[2]][] = [
  [/no accepted authentication type/, () => 'demands another sign-in: a user name and a password, or none', { lasting: true }],
  [/Authentication failed/, () => 'does not accept its user name and password', { lasting: true }],
  [/NotAllowed/, (target) => `does not allow ${target}`, { lasting: true }],
  [/(HostUnreachable|NetworkUnreachable|ConnectionRefused|TTLExpired|- Failure)/, (target) => `could not reach ${target}`, { fault: 'path' }],
  [/(Command|Address)NotSupported/, (target) => `cannot connect to ${target}: it does not support this kind of address`, { fault: 'path' }],
  [/invalid|unknown authentication|connection - undefined/i, () => 'does not answer as a SOCKS5 proxy does', { lasting: true }],
]
