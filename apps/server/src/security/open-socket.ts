import { connect, isIP, type Socket, type TcpNetConnectOpts } from 'node:net'
import { type ConnectionOptions, connect as connectTls, type TLSSocket } from 'node:tls'

/** How long an address may say nothing before the next one is tried beside it, milliseconds (RFC 8305, 8: Connection Attempt Delay). */
const PATIENCE = 250
const KEEP_ALIVE = 60_000

/** `connect` of node:net; tests replace it. */
type OpenTcp = (options: TcpNetConnectOpts) => Socket

/**
 * A TCP connection to the first of these addresses that accepts one. Node's own `autoSelectFamily` gives each address only a quarter of a second.
 */
export const openSocket = (addresses: readonly string[], port: number, signal: AbortSignal, open: OpenTcp = connect): Promise<Socket> =>
  race(addresses, (address, stop) => tcp(address, port, stop, open), signal, PATIENCE)

function tcp(address: string, port: number, signal: AbortSignal, open: OpenTcp): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = open({ host: address, port, noDelay: true, keepAlive: true, keepAliveInitialDelay: KEEP_ALIVE })
    const end = () => {
      signal.removeEventListener('abort', stop)
      socket.off('error', failed).off('connect', connected)
    }
    const failed = (error: Error) => {
      end()
      reject(error)
    }
    const connected = () => {
      end()
      socket.on('error', ignore)
      resolve(socket)
    }
    const stop = () => {
      end()
      socket.on('error', ignore).destroy()
      reject(signal.reason)
    }
    socket.once('error', failed).once('connect', connected)
    signal.addEventListener('abort', stop, { once: true })
  })
}

/**
 * The first of these addresses at which `attempt` succeeds. Families alternate (RFC 8305, 4). The next address is tried at once when one
 * fails, and after `patience` (milliseconds) beside one that says nothing: that one may still win, so a slow network is no failure. What loses is
 * stopped by its signal. When none succeeds, the error has the most telling code of them all; one that is `final` ends the race at once.
 */
export function race(
  addresses: readonly string[],
  attempt: (address: string, signal: AbortSignal) => Promise<Socket>,
  signal: AbortSignal,
  patience: number,
  final: (error: unknown) => boolean = () => false,
): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const waiting = alternating(addresses)
    const trying = new Set<AbortController>()
    const errors: Error[] = []
    let ended = false
    let timer: NodeJS.Timeout | undefined

    function end(): void {
      ended = true
      clearTimeout(timer)
      signal.removeEventListener('abort', stop)
      for (const one of trying) one.abort(signal.aborted ? signal.reason : LOST)
      trying.clear()
    }
    const stop = () => {
      end()
      reject(signal.reason)
    }

    function next(): void {
      clearTimeout(timer)
      const address = waiting.shift()
      if (address === undefined) {
        if (trying.size > 0) return
        end()
        reject(mostTelling(errors))
        return
      }
      const own = new AbortController()
      trying.add(own)
      attempt(address, own.signal).then(
        (socket) => {
          trying.delete(own)
          if (ended) {
            socket.destroy()
            return
          }
          end()
          resolve(socket)
        },
        (error: unknown) => {
          trying.delete(own)
          if (ended) return
          if (final(error)) {
            end()
            reject(error)
            return
          }
          errors.push(error instanceof Error ? error : new Error(String(error)))
          next()
        },
      )
      if (waiting.length > 0) timer = setTimeout(next, patience)
    }

    if (signal.aborted) return stop()
    signal.addEventListener('abort', stop, { once: true })
    next()
  })
}

const LOST = new Error('another address was faster')

export interface SecureOptions extends ConnectionOptions {
  /** Hears of the sessions that may be resumed. */
  learned?: ((session: Buffer) => void) | undefined
}

/** TLS on an open connection. The certificate is checked against `host`, whichever address was connected to. */
export function secureSocket(socket: Socket, host: string, { learned, ...options }: SecureOptions, signal: AbortSignal): Promise<TLSSocket> {
  return new Promise((resolve, reject) => {
    const secured = connectTls({ ...options, socket, host, servername: isIP(host) === 0 ? host : '' })
    if (learned) secured.on('session', learned)
    const end = () => {
      signal.removeEventListener('abort', stop)
      secured.off('error', failed)
      secured.on('error', ignore)
    }
    const failed = (error: Error) => {
      end()
      secured.destroy()
      socket.destroy()
      reject(error)
    }
    const stop = () => failed(signal.reason)
    secured.once('error', failed)
    secured.once('secureConnect', () => {
      end()
      resolve(secured)
    })
    if (signal.aborted) return stop()
    signal.addEventListener('abort', stop, { once: true })
  })
}

/** An error between two owners of a socket, or after the last one, ends the socket and not the process. */
const ignore = (): void => {}

/** In their order, the families in turn; the first address decides which begins. */
function alternating(addresses: readonly string[]): string[] {
  const first = isIP(addresses[0] ?? '')
  const [one, other] = [addresses.filter((address) => isIP(address) === first), addresses.filter((address) => isIP(address) !== first)]
  return Array.from({ length: Math.max(one.length, other.length) }, (_, i) => [one[i], other[i]]).flatMap((pair) =>
    pair.filter((address) => address !== undefined),
  )
}

/** A server that refuses says more than a network that this machine does not have. */
const TELLING = ['ECONNREFUSED', 'ECONNRESET', 'ETIMEDOUT', 'EHOSTUNREACH', 'ENETUNREACH']

function mostTelling(errors: readonly Error[]): Error {
  const rank = (error: Error) => {
    const place = TELLING.indexOf('code' in error ? String(error.code) : '')
    return place < 0 ? TELLING.length : place
  }
  const [first, ...others] = errors.toSorted((a, b) => rank(a) - rank(b))
  if (first === undefined) return new Error('there is no address')
  if (others.length === 0) return first
  return Object.assign(new AggregateError(errors, `none of ${errors.length} addresses accepts a connection`), 'code' in first && { code: first.code })
}
