import { randomBytes } from 'node:crypto'
import type pg from 'pg'

const RECONNECT_MS = 500

interface Ear {
  heard: (payload: string) => void
  gap: (() => void) | undefined
}

export interface Listener {
  listen(channel: string, heard: (payload: string) => void, gap?: () => void): () => void
  /** The payload as sent to the server, with the node's mark, so that this node ignores its own notifications. */
  signed(payload: string): string
  /** Notifies this node directly, without the server. */
  hear(channel: string, payload: string): void
  close(): Promise<void>
}

/**
 * One dedicated connection for LISTEN, opened with the first listener. When it breaks it is reopened, and every listener's `gap` is called:
 * notifications sent meanwhile are lost (https://www.postgresql.org/docs/current/sql-listen.html).
 */
export function createListener(newClient: () => pg.Client): Listener {
  const signature = `${randomBytes(4).toString('hex')} `
  const ears = new Map<string, Set<Ear>>()
  let client: pg.Client | undefined
  let connecting: Promise<void> | undefined
  let asking: Promise<void> = Promise.resolve()
  let closed = false
  let retry: NodeJS.Timeout | undefined

  /** Opens the connection once for all callers, and listens to every requested channel. */
  function connect(): Promise<void> {
    connecting ??= open().catch(again)
    return connecting
  }

  async function open(): Promise<void> {
    const fresh = newClient()
    fresh.on('error', again)
    fresh.on('end', again)
    fresh.on('notification', ({ channel, payload }) => {
      if (payload !== undefined && !payload.startsWith(signature)) hear(channel, payload.slice(signature.length))
    })
    client = fresh
    await fresh.connect()
    for (const channel of ears.keys()) await fresh.query(`listen ${fresh.escapeIdentifier(channel)}`)
    // Also after the first connection: notifications may have been sent between `listen()` and now.
    for (const set of ears.values()) for (const ear of set) ear.gap?.()
  }

  function hear(channel: string, payload: string): void {
    for (const ear of ears.get(channel) ?? []) ear.heard(payload)
  }

  function again(): void {
    if (closed || retry) return
    const broken = client
    client = undefined
    broken?.removeAllListeners('end')
    broken?.end().catch(() => {}) // otherwise half-open connections would leak
    retry = setTimeout(() => {
      retry = undefined
      connecting = undefined
      void connect()
    }, RECONNECT_MS)
  }

  /** Sequentially: a connection takes one query at a time. */
  function subscribe(channel: string, ear: Ear): void {
    asking = asking.then(() => ask(channel, ear))
  }

  async function ask(channel: string, ear: Ear): Promise<void> {
    await connect()
    const live = client
    if (!live || closed) return // the next connection listens to every channel
    await live.query(`listen ${live.escapeIdentifier(channel)}`).then(() => ear.gap?.(), again)
  }

  return {
    signed: (payload) => signature + payload,
    hear,
    listen(channel, heard, gap) {
      const ear: Ear = { heard, gap }
      const set = ears.get(channel)
      if (set) set.add(ear)
      else ears.set(channel, new Set([ear]))
      subscribe(channel, ear)
      // The server keeps sending notifications for a channel without listeners; the next connection does not request it.
      return () => {
        const present = ears.get(channel)
        present?.delete(ear)
        if (present?.size === 0) ears.delete(channel)
      }
    },
    async close() {
      closed = true
      clearTimeout(retry)
      await connecting
      await client?.end().catch(() => {})
    },
  }
}
