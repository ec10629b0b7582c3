import { sql } from 'kysely'
import { type Clock, DAY, type Millis } from '../../domain/time.ts'
import { stateLit } from '../delivery-states.ts'
import type { Dialect } from '../dialects/dialect.ts'

/** Its lease ended with an orderly stop: what it still has was in hand at no death. */
export const STOPPED: Millis = 0

/** The row of this process in `nodes`, to which the deliveries that it has in hand refer. */
export interface Node {
  /** Its number, when its lease lasts for at least half a lease from now; null when `held` has to be asked. */
  lasting(): number | null
  /** Its number, after its lease was made to last for at least three quarters of a lease from now. Before a delivery is leased; never inside a transaction. */
  held(): Promise<number>
  /** Whether this process has leased anything since it started. */
  hasLeased(): boolean
  /** Its number; valid after the first `held`. */
  number(): number
  renew(): Promise<void>
  /** Marks it as stopped in an orderly way. The last write: afterwards it leases nothing that it sends. */
  stop(): Promise<void>
}

export interface NodeParts {
  dialect: Dialect
  clock: Clock
  /** The name of this process in the queue. */
  owner(): string
  leaseMs: Millis
}

export function createNode({ dialect, clock, owner, leaseMs }: NodeParts): Node {
  let known: { number: number; until: Millis } | undefined
  let renewing: Promise<number> | undefined

  /** Also writes the row anew: it is gone after a restore, and when this process was taken for dead for a day. */
  async function write(): Promise<number> {
    const until = clock() + leaseMs
    const { n } = await dialect.db
      .insertInto('nodes')
      .values({ owner: owner(), leased_until: until })
      .onConflict((conflict) => conflict.column('owner').doUpdateSet({ leased_until: until }))
      .returning('n')
      .executeTakeFirstOrThrow()
    known = { number: n, until }
    return n
  }

  const renew = (): Promise<number> => {
    renewing ??= write().finally(() => {
      renewing = undefined
    })
    return renewing
  }

  /** Its number, when this part of a lease is left. */
  function left(part: number): number | null {
    return known === undefined || known.until < clock() + leaseMs * part ? null : known.number
  }

  return {
    lasting: () => left(1 / 2),
    // A heartbeat comes four times per lease, so a busy process seldom renews here, and one that was idle begins with a whole lease.
    held: async () => left(3 / 4) ?? (await renew()),
    hasLeased: () => known !== undefined,
    number() {
      if (known === undefined) throw new Error('This process has leased nothing yet')
      return known.number
    },
    async renew() {
      await renew()
    },
    async stop() {
      if (known !== undefined) await dialect.db.updateTable('nodes').set({ leased_until: STOPPED }).where('n', '=', known.number).execute()
    },
  }
}

/** Every other process that has a row. */
export async function otherNodes({ db }: Dialect, me: string): Promise<string[]> {
  const rows = await db.selectFrom('nodes').select('owner').where('owner', '<>', me).execute()
  return rows.map(({ owner }) => owner)
}

/** Removes the rows of processes that have been gone for a day and hold nothing. */
export async function forgetNodes({ db }: Dialect, me: string, now: Millis): Promise<void> {
  await sql`delete from nodes where owner <> ${me} and leased_until < ${now - DAY}
    and not exists (select 1 from deliveries d where d.state = ${stateLit('sending')} and d.owner = nodes.n)`.execute(db)
}
