import type { Clock, Millis } from '../../domain/time.ts'
import type { Leases } from '../../schedule/single-flight.ts'
import type { Dialect } from '../dialects/dialect.ts'

export interface JobLeasesParts {
  dialect: Dialect
  clock: Clock
  leaseMs: Millis
  /** The owner of new leases: the name of this node. */
  owner(): string
  /** Of these owners, those whose process has certainly ended. */
  dead(owners: string[]): Promise<string[]>
}

/**
 * Table `jobs`: a row for each loop that runs once per database, created by its first claim. It records which node runs the loop, until when,
 * and when it is due again. The database decides in one statement which node gets a lease, so two nodes never both get it.
 */
export function createJobLeases({ dialect, clock, leaseMs, owner, dead }: JobLeasesParts): Leases {
  const { db } = dialect
  const mine = (name: string) => db.updateTable('jobs').where('name', '=', name).where('owner', '=', owner())
  const find = (name: string) => db.selectFrom('jobs').select(['owner', 'leased_until', 'next_at']).where('name', '=', name).executeTakeFirst()

  return {
    async claim(name, every) {
      const now = clock()
      const isDue = (nextAt: Millis) => nextAt <= now || nextAt > now + every
      const until = now + leaseMs
      const before = await find(name)
      if (before !== undefined && !isDue(before.next_at)) return { held: false, lookAt: before.next_at }
      const gone = before === undefined || before.owner === null ? [] : await dead([before.owner])
      const won = await db
        .insertInto('jobs')
        .values({ name, owner: owner(), leased_until: until, next_at: now })
        .onConflict((conflict) =>
          conflict
            .column('name')
            .doUpdateSet({ owner: owner(), leased_until: until })
            .where((eb) => eb.or([eb('jobs.next_at', '<=', now), eb('jobs.next_at', '>', now + every)]))
            .where((eb) => eb.or([eb('jobs.owner', 'is', null), eb('jobs.leased_until', '<=', now), eb('jobs.owner', 'in', dialect.among(gone))])),
        )
        .returning('name')
        .executeTakeFirst()
      if (won !== undefined) return { held: true, until }
      const after = await find(name)
      return { held: false, lookAt: after === undefined ? now : Math.max(after.next_at, after.leased_until ?? 0) }
    },

    async keep(name) {
      const until = clock() + leaseMs
      const { numUpdatedRows } = await mine(name).set({ leased_until: until }).executeTakeFirstOrThrow()
      return Number(numUpdatedRows) === 0 ? null : until
    },

    async finish(name, nextAt) {
      await mine(name).set({ owner: null, leased_until: null, next_at: nextAt }).execute()
    },
  }
}
