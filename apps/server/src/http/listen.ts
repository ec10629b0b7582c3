import { lookup } from 'node:dns/promises'
import { once } from 'node:events'
import { Server } from 'node:http'
import { createServer, isIP, type Server as NetServer } from 'node:net'
import type { App } from './app.ts'

/**
 * Node’s HTTP server at any number of addresses. Those after the first only accept connections and hand them over
 * (https://nodejs.org/api/http.html#event-connection): there is one HTTP server with one set of handlers and limits, whatever a name resolves to.
 */
export class HubServer extends Server {
  readonly #others: NetServer[] = []

  /** Listens at one more address. Rejects with the error of the socket. */
  async alsoAt(host: string, port: number): Promise<void> {
    // As `http.Server` makes its own sockets.
    const other = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => this.emit('connection', socket))
    other.listen({ host, port })
    await once(other, 'listening')
    this.#others.push(other)
  }

  /** Ends the connections of every address; `done` is called after the last one. */
  override close(done?: (error?: Error) => void): this {
    const ended = this.#others.splice(0).map((other) => new Promise<void>((resolve) => other.close(() => resolve())))
    return super.close((error) => void Promise.all(ended).then(() => done?.(error)))
  }
}

/** RFC 6761, 6.3: this name is always the loopback, whatever the hosts file says about its second address. */
const LOOPBACK = ['127.0.0.1', '::1']

const addressesOf = async (host: string): Promise<string[]> => {
  if (isIP(host) !== 0) return [host]
  if (host.toLowerCase() === 'localhost') return LOOPBACK
  return (await lookup(host, { all: true })).map(({ address }) => address)
}

/**
 * Listens at every address of a host that this machine has, at the same port, and returns the URL of the first. Throws when there is none, or when
 * one of them is taken: whoever used the name would sometimes reach another program.
 */
export async function listen(app: App, { host, port }: { host: string; port: number }, find = addressesOf): Promise<string> {
  const { server } = app
  if (!(server instanceof HubServer)) throw new Error('The server of the app does not listen at several addresses')
  const absent: unknown[] = []
  let first: string | null = null
  for (const address of new Set(await find(host)))
    try {
      if (first === null) first = await app.listen({ host: address, port })
      else await listenAlso(app, server, address)
    } catch (error) {
      absent.push(error)
      if (isAbsent(error)) continue
      // A hub that did not start answers at no address.
      await app.close()
      throw error
    }
  if (first !== null) return first
  throw absent[0] ?? new Error(`HOST: ${host} has no address`)
}

async function listenAlso(app: App, server: HubServer, host: string): Promise<void> {
  const bound = server.address()
  if (typeof bound !== 'object' || bound === null) throw new Error('The server does not listen at an address')
  await server.alsoAt(host, bound.port)
  app.log.info(`Server listening at http://${isIP(host) === 6 ? `[${host}]` : host}:${bound.port}`)
}

/** The machine does not have this address, or no addresses of this family. */
const isAbsent = (error: unknown): boolean => error instanceof Error && 'code' in error && (error.code === 'EADDRNOTAVAIL' || error.code === 'EAFNOSUPPORT')
