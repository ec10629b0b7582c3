import { randomInt } from 'node:crypto'
import type { Dialect } from '../storage/dialects/dialect.ts'

/** First half of the key of every node's advisory lock; the node's number is the second. */
export const PRESENCE = 7_426_002

/** Shows that a node lives by an advisory lock of its session. PostgreSQL releases the lock when the process ends, however it ends. */
export interface Presence {
  node: number
  end(): Promise<void>
}

/** Takes the lock, and takes it again when the connection broke. https://www.postgresql.org/docs/current/explicit-locking.html#ADVISORY-LOCKS */
export async function bePresent({ keepSession }: Pick<Dialect, 'keepSession'>): Promise<Presence> {
  const node = randomInt(1, 2 ** 31)
  return { node, end: await keepSession(`select pg_advisory_lock(${PRESENCE}, ${node})`) }
}
