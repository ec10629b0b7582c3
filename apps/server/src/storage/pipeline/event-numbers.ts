import type { Dialect } from '../dialects/dialect.ts'
import type { Db, Trx } from '../schema.ts'

/** Numbers that are kept in memory. A number never changes. */
const KEPT = 2000

/** The number of each stored event, by its public id: rows that belong to an event are written with it. */
export interface EventNumbers {
  /** Of an event that was read, and so is committed. */
  remember(id: string, n: number): void
  /** Reads those that are not in memory. */
  of(from: Db | Trx, ids: readonly string[]): Promise<ReadonlyMap<string, number>>
}

export function createEventNumbers(dialect: Pick<Dialect, 'amongIds' | 'publicId'>): EventNumbers {
  const kept = new Map<string, number>()
  function remember(id: string, n: number): void {
    if (kept.size >= KEPT && !kept.has(id)) kept.delete(kept.keys().next().value!)
    kept.set(id, n)
  }
  return {
    remember,
    async of(from, ids) {
      const found = new Map<string, number>()
      const missing: string[] = []
      for (const id of ids) {
        const n = kept.get(id)
        if (n === undefined) missing.push(id)
        else found.set(id, n)
      }
      if (missing.length === 0) return found
      const rows = await from
        .selectFrom('events')
        .select(['n', dialect.publicId('evt', 'id').as('event')])
        .where('id', 'in', dialect.amongIds('evt', missing))
        .execute()
      for (const { event, n } of rows) {
        found.set(event, n)
        remember(event, n)
      }
      return found
    },
  }
}
