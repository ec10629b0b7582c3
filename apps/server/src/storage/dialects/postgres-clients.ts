import type pg from 'pg'

export interface Clients {
  /** The class of every connection of the hub to PostgreSQL; the pool makes its own by it too. */
  Client: new (
    config?: pg.ClientConfig,
  ) => pg.Client
  /** Ends every connection at once, with what waits for it or for another one: the server stopped answering. */
  cut(): void
  /** The server is there, whatever it said. */
  heard(): void
  /** Whether all were cut, and the server has said nothing since. */
  silent(): boolean
  /** A client that somebody waits for; rejects at once while the server is silent. `giveBack` gets one that comes too late. */
  take<Client>(ask: () => Promise<Client>, giveBack: (late: Client) => void): Promise<Client>
}

/**
 * Clients of pg with a listener for `error` from their first moment to their last. An `error` event without a listener ends the process, and pg
 * emits one whenever the server ends a connection: idle, in use, between the checkout from the pool and the first statement, or while it is closed.
 * What waits for the connection is rejected in any case, so the listener has nothing to do.
 */
export function createClients(driver: typeof pg, onLost: (error: Error) => void = () => {}): Clients {
  const open = new Set<pg.Client>()
  const waiting = new Set<(error: Error) => void>()
  let silent = false
  const heard = (): void => {
    silent = false
  }
  return {
    Client: class extends driver.Client {
      constructor(config?: pg.ClientConfig) {
        super(config)
        open.add(this)
        this.on('error', onLost)
        this.once('connect', heard)
        this.once('end', () => open.delete(this))
      }
    },
    cut() {
      silent = true
      for (const client of open) drop(client)
      for (const end of waiting) end(late())
      waiting.clear()
    },
    heard,
    silent: () => silent,
    take: (ask, giveBack) =>
      new Promise((resolve, reject) => {
        if (silent) return reject(late())
        waiting.add(reject)
        ask().then(
          (client) => {
            if (waiting.delete(reject)) resolve(client)
            else giveBack(client)
          },
          (error: unknown) => {
            waiting.delete(reject)
            reject(error)
          },
        )
      }),
  }
}

const late = (): Error => Object.assign(new Error('The database did not answer in time'), { code: 'ETIMEDOUT' })

/** Closes the socket without a word to the server, which may not be there any more. Statements in flight are rejected as timed out. */
export function drop({ connection }: pg.Client): void {
  connection.stream.destroy(late())
}
