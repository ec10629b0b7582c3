import type pg from 'pg'
import { drop } from './postgres-clients.ts'

/** Milliseconds from a lost connection to the next try. */
const RECONNECT = 500

export interface KeptSessionParts {
  /**
   * Its `query_timeout` is how long the server may take to answer, and its `statement_timeout` no more: what is given up here must end there too,
   * or a wait for a lock would leave a connection on the server with every try.
   */
  newClient(): pg.Client
  /** How often the server is asked whether it is there, in milliseconds. */
  ask: number
  /** Run on every new connection first. */
  begin(client: pg.Client): Promise<void>
  /** The server accepted a connection and then stopped answering: without a look nobody would notice. */
  onSilence(): void
  /** The server said something, if only that it lets nobody in. */
  onWord(): void
}

export interface KeptSession {
  /** The first opening: rejects when it fails, and the session goes on trying until it is closed. */
  opened: Promise<void>
  /** The connection; null while there is none. */
  client(): pg.Client | null
  /** Something went wrong on this connection: it is replaced. */
  replace(client: pg.Client): void
  close(): Promise<void>
}

/** One connection outside the pool that is opened again whenever it breaks, in use or idle, with an error or in silence. */
export function keepSession({ newClient, ask, begin, onSilence, onWord }: KeptSessionParts): KeptSession {
  let current: pg.Client | null = null
  let opening: pg.Client | null = null
  let closed = false
  /** Ends the present wait: for the next look, or for the next try. */
  let wake = () => {}

  const pause = (ms: number): Promise<void> =>
    new Promise((resolve) => {
      const timer = setTimeout(resolve, ms)
      wake = () => {
        clearTimeout(timer)
        resolve()
      }
    })

  async function open(): Promise<pg.Client> {
    const fresh = newClient()
    opening = fresh
    try {
      await fresh.connect()
      current = fresh // before `begin`, so that nobody who asks for it meanwhile is told that there is none
      await begin(fresh)
      return fresh
    } catch (error) {
      current = null
      drop(fresh)
      throw error
    } finally {
      opening = null
    }
  }

  /** Returns when the connection has ended. */
  async function watch(client: pg.Client): Promise<void> {
    let ended = false
    const end = (): void => {
      ended = true
      wake()
    }
    client.once('error', end)
    client.once('end', end)
    while (!ended && !closed) {
      await pause(ask)
      if (ended || closed) break
      await client.query('select 1').catch((error: Error) => {
        if (SILENCE.test(error.message)) onSilence()
        end()
      })
    }
    if (!closed) drop(client)
  }

  async function live(first: PromiseWithResolvers<void>): Promise<void> {
    while (!closed) {
      try {
        const client = await open()
        first.resolve()
        await watch(client)
      } catch (error) {
        first.reject(error)
        if (!LATE.test(String(error))) onWord()
      }
      if (closed) break
      current = null
      await pause(RECONNECT)
    }
  }

  const first = Promise.withResolvers<void>()
  first.promise.catch(() => {}) // whoever does not wait for it hears of it by the next look
  const living = live(first)

  return {
    opened: first.promise,
    client: () => current,
    replace(client) {
      if (client === current) drop(client)
    },
    async close() {
      closed = true
      wake()
      if (opening !== null) drop(opening)
      await living
      const last = current
      current = null
      // A server that hangs does not say goodbye.
      if (last !== null) await Promise.race([last.end(), pause(RECONNECT)]).then(() => drop(last))
      wake()
    },
  }
}

/** A connection that was given up: pg's words, those of the system, and ours. */
const LATE = /timeout|ETIMEDOUT|did not answer/i
/** pg's words for `query_timeout`. */
const SILENCE = /^Query read timeout$/
