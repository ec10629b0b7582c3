import { randomInt } from 'node:crypto'
import pg from 'pg'

/** First half of the key of every node's advisory lock; the node's number is the second. */
export const PRESENCE = 7_426_002
const RECONNECT_MS = 500

/** Shows that a node lives by an advisory lock of its session. PostgreSQL releases the lock when the process ends, however it ends. */
export interface Presence {
  node: number
  end(): Promise<void>
}

/** Takes the lock, and takes it again when the connection broke. https://www.postgresql.org/docs/current/explicit-locking.html#ADVISORY-LOCKS */
export async function bePresent(url: string): Promise<Presence> {
  const node = randomInt(1, 2 ** 31)
  let ended = false
  let retry: NodeJS.Timeout | undefined
  let client = await hold()

  async function hold(): Promise<pg.Client> {
    const fresh = new pg.Client({ connectionString: url, application_name: 'carillon presence', keepAlive: true, connectionTimeoutMillis: 10_000 })
    fresh.on('error', again)
    await fresh.connect()
    await fresh.query('select pg_advisory_lock($1, $2)', [PRESENCE, node])
    return fresh
  }

  function again(): void {
    if (ended || retry) return
    retry = setTimeout(async () => {
      retry = undefined
      await client.end().catch(() => {})
      await hold().then((fresh) => {
        client = fresh
        if (ended) void fresh.end().catch(() => {}) // `end()` was called while it connected
      }, again)
    }, RECONNECT_MS)
  }

  return {
    node,
    async end() {
      ended = true
      clearTimeout(retry)
      await client.end().catch(() => {})
    },
  }
}
