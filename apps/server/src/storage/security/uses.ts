import { hash } from 'node:crypto'
import { sql } from 'kysely'
import type { Clock, Millis } from '../../domain/time.ts'
import { USE_LIMITS, type Use } from '../../domain/uses.ts'
import type { Dialect } from '../dialects/dialect.ts'
import type { Db, Trx } from '../schema.ts'

/** A limit that is used up: the position of its use in the list, and when its window ends. */
export interface UsedUp {
  at: number
  until: Millis
}

/** Rolls back the uses before it. */
class Refused extends Error {
  readonly usedUp: UsedUp
  constructor(usedUp: UsedUp) {
    super('A limit is used up')
    this.usedUp = usedUp
  }
}

/**
 * Counters over fixed windows, shared by all nodes. A window opens with its first use, so a counter is one row, and one statement decides
 * about a use. Around the end of a window up to twice the count can be used, which for these limits is no harm.
 */
export function createUseStore(dialect: Dialect, clock: Clock) {
  const { db } = dialect

  /** One statement, so that of two concurrent uses each sees the other. A refused use is not counted. */
  async function use(from: Db | Trx, { limit, of, times = 1 }: Use, at: number): Promise<UsedUp | null> {
    const { count, per } = USE_LIMITS[limit]
    const now = clock()
    if (times > count) return { at, until: now + per }
    const key = hash('sha256', JSON.stringify([limit, of]), 'base64url')
    // A window that ends later than a new one would was opened while the clock was wrong.
    const over = sql`(limits_used.until <= ${now} or limits_used.until > ${now + per})`
    const { rows } = await sql`insert into limits_used (key, used, until) values (${key}, ${times}, ${now + per})
      on conflict (key) do update set
        used = case when ${over} then excluded.used else limits_used.used + excluded.used end,
        until = case when ${over} then excluded.until else limits_used.until end
      where ${over} or limits_used.used + excluded.used <= ${count}
      returning used`.execute(from)
    if (rows.length > 0) return null
    const row = await from.selectFrom('limits_used').select('until').where('key', '=', key).executeTakeFirst()
    return { at, until: row?.until ?? now }
  }

  async function useAll(uses: readonly Use[]): Promise<void> {
    // In one order for all callers: two that wait for each other's row would deadlock.
    const inOrder = uses.map((one, at) => ({ one, at, order: JSON.stringify([one.limit, one.of]) })).sort((a, b) => (a.order < b.order ? -1 : 1))
    await db.transaction().execute(async (trx) => {
      for (const { one, at } of inOrder) {
        const usedUp = await use(trx, one, at)
        if (usedUp !== null) throw new Refused(usedUp)
      }
    })
  }

  return {
    /** Takes all of these uses, or none of them. Returns the one that is used up; null when they were taken. */
    async take(uses: readonly Use[]): Promise<UsedUp | null> {
      const [only, ...others] = uses
      if (only === undefined) return null
      if (others.length === 0) return use(db, only, 0)
      try {
        await useAll(uses)
        return null
      } catch (error) {
        if (error instanceof Refused) return error.usedUp
        throw error
      }
    },
    /** Removes counters whose window has ended, at most `limit` at once; returns how many. */
    async prune(limit = 1000): Promise<number> {
      const old = db.selectFrom('limits_used').select('key').where('until', '<=', clock()).limit(limit)
      const { numDeletedRows } = await db.deleteFrom('limits_used').where('key', 'in', old).executeTakeFirstOrThrow()
      return Number(numDeletedRows)
    },
  }
}

export type UseStore = ReturnType<typeof createUseStore>
