import { sql } from 'kysely'
import type { Db, Trx } from '../schema.ts'
import type { EventKey, EventKeyRow, EventKeys } from './event-keys.ts'
import { insertTogether } from './postgres-insert.ts'

const COLUMNS = { high: 'integer', low: 'integer', hash: 'text', body: 'text', at: 'integer' } as const
/** Pages of 8 KiB that one step looks through: about 12,000 rows. */
const PAGES = 250

/**
 * The primary key decides between nodes; there is no other index. Expired rows are found by reading the table page by page, slowly: rows of one time lie
 * side by side, so this reads and changes few pages, where an index on the time would cost something with every key.
 */
export function postgresEventKeys(db: Db, pages = PAGES): EventKeys {
  let page = 0

  const insert = async (trx: Trx, rows: readonly EventKeyRow[]): Promise<number> =>
    Number((await insertTogether([{ table: 'event_keys', columns: COLUMNS, rows }]).execute(trx)).numAffectedRows)

  return {
    async take(trx, rows, expired, except) {
      const [taken, others] = await Promise.all([insert(trx, rows), except])
      if (others.size > 0)
        for (const { high, low, body } of others)
          await trx.deleteFrom('event_keys').where('high', '=', high).where('low', '=', low).where('body', '=', body).execute()
      if (taken === rows.length) return []
      // A response names new events, so a row with the same response is our own.
      const own = new Set(rows.map(({ body }) => body))
      const held: EventKeyRow[] = []
      for (let open = rows.filter((row) => !others.has(row)); open.length > 0; await insert(trx, open)) {
        const found = new Map((await rowsOf(trx, open)).map((row) => [nameOf(row), row]))
        const free: EventKeyRow[] = []
        for (const row of open) {
          const known = found.get(nameOf(row))
          if (known !== undefined && own.has(known.body)) continue
          if (known !== undefined && known.at >= expired) held.push(known)
          else free.push(row)
        }
        open = free
        if (open.length === 0) break
        for (const { high, low } of free) await trx.deleteFrom('event_keys').where('high', '=', high).where('low', '=', low).where('at', '<', expired).execute()
      }
      return held
    },
    async isTaken({ high, low }, expired) {
      const row = await db.selectFrom('event_keys').select('at').where('high', '=', high).where('low', '=', low).where('at', '>=', expired).executeTakeFirst()
      return row !== undefined
    },
    load: async () => {},
    merge: async () => false,
    async prune(expired) {
      const { rows } = await sql<{ pages: number }>`select pg_relation_size('event_keys') / current_setting('block_size')::bigint as pages`.execute(db)
      if (page >= rows[0]!.pages) {
        page = 0
        return false
      }
      // Those that `take` is taking over, in another order than that of the pages, are left to it.
      await sql`delete from event_keys where ctid = any(array(select ctid from event_keys
        where ctid >= ${`(${page},0)`}::tid and ctid < ${`(${page + pages},0)`}::tid and at < ${expired} for update skip locked))`.execute(db)
      page += pages
      return true
    },
  }
}

const nameOf = ({ high, low }: EventKey): string => `${high}.${low}`

/** One look-up in the index for each. */
async function rowsOf(trx: Trx, rows: readonly EventKeyRow[]): Promise<EventKeyRow[]> {
  const asked = JSON.stringify(rows.map(({ high, low }) => ({ high, low })))
  const { rows: found } = await sql<EventKeyRow>`select k.high, k.low, k.hash, k.body, k.at
    from json_to_recordset(${asked}::json) as asked(high bigint, low bigint), lateral
    (select * from event_keys e where e.high = asked.high and e.low = asked.low) k`.execute(trx)
  return found
}
