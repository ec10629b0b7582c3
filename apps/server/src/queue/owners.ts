import { sql } from 'kysely'
import { newId } from '../domain/id.ts'
import type { Clock } from '../domain/time.ts'
import type { Dialect } from '../storage/dialects/dialect.ts'
import { bePresent, PRESENCE, type Presence } from './presence.ts'

/** Who holds leases: this process, and whether the other holders still live. */
export interface Owners {
  /** The name of this process; valid after `start`. */
  me(): string
  /** Of these, those whose process has certainly ended. */
  dead(owners: string[]): Promise<string[]>
  start(): Promise<void>
  end(): Promise<void>
}

/** One process serves a file: every other owner is a predecessor. */
export function ownersOfFile(clock: Clock): Owners {
  const me = newId('nod', clock())
  return { me: () => me, dead: async (owners) => owners.filter((one) => one !== me), async start() {}, async end() {} }
}

/** A node ends with its session, and so does the advisory lock that it holds. https://www.postgresql.org/docs/current/view-pg-locks.html */
export function ownersOfSessions(dialect: Pick<Dialect, 'db' | 'keepSession'>): Owners {
  let presence: Presence | undefined
  return {
    me() {
      if (presence === undefined) throw new Error('The queue was not started')
      return String(presence.node)
    },
    async dead(owners) {
      if (owners.length === 0) return []
      const { rows } = await sql<{ node: string }>`select n as node from unnest(${owners}::text[]) n where not exists (
        select from pg_locks l where l.locktype = 'advisory' and l.granted and l.objsubid = 2 and l.classid = ${PRESENCE}::bigint::oid
          and l.objid = n::bigint::oid and l.database = (select oid from pg_database where datname = current_database()))`.execute(dialect.db)
      return rows.map(({ node }) => node)
    },
    async start() {
      presence ??= await bePresent(dialect)
    },
    async end() {
      await presence?.end()
      presence = undefined
    },
  }
}
