import { randomBytes } from 'node:crypto'
import type pg from 'pg'
import { type KeptSession, type KeptSessionParts, keepSession } from './kept-session.ts'

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
export function createListener(parts: Omit<KeptSessionParts, 'begin'>): Listener {
  const signature = `${randomBytes(4).toString('hex')} `
  const ears = new Map<string, Set<Ear>>()
  let session: KeptSession | undefined
  let asking: Promise<void> = Promise.resolve()

  /** One after the other: a connection takes one query at a time. */
  function inTurn(step: () => Promise<void>): Promise<void> {
    const done = asking.then(step)
    asking = done.catch(() => {})
    return done
  }

  function begin(client: pg.Client): Promise<void> {
    client.on('notification', ({ channel, payload }) => {
      if (payload !== undefined && !payload.startsWith(signature)) hear(channel, payload.slice(signature.length))
    })
    return inTurn(() => askAll(client))
  }

  async function askAll(client: pg.Client): Promise<void> {
    for (const channel of ears.keys()) await client.query(`listen ${client.escapeIdentifier(channel)}`)
    // Also after the first connection: notifications may have been sent between `listen()` and now.
    for (const set of ears.values()) for (const ear of set) ear.gap?.()
  }

  function hear(channel: string, payload: string): void {
    for (const ear of ears.get(channel) ?? []) ear.heard(payload)
  }

  async function ask(channel: string, ear: Ear): Promise<void> {
    session ??= keepSession({ ...parts, begin })
    const live = session.client()
    if (live === null) return // the next connection listens to every channel
    try {
      await live.query(`listen ${live.escapeIdentifier(channel)}`)
      ear.gap?.()
    } catch {
      session.replace(live)
    }
  }

  return {
    signed: (payload) => signature + payload,
    hear,
    listen(channel, heard, gap) {
      const ear: Ear = { heard, gap }
      const set = ears.get(channel)
      if (set) set.add(ear)
      else ears.set(channel, new Set([ear]))
      void inTurn(() => ask(channel, ear))
      // The server keeps sending notifications for a channel without listeners; the next connection does not request it.
      return () => {
        const present = ears.get(channel)
        present?.delete(ear)
        if (present?.size === 0) ears.delete(channel)
      }
    },
    close: async () => session?.close(),
  }
}
