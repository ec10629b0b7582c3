import { sql } from 'kysely'
import { paged, type Rows, type Slice } from '../../domain/page.ts'
import { type Clock, type Millis, SECOND } from '../../domain/time.ts'
import { type Counts, type InboxRow, NO_COUNTS } from '../../inbox/item.ts'
import type { InboxFilter } from '../../inbox/marks.ts'
import type { Dialect } from '../dialects/dialect.ts'
import { changedQuery, lastQuery, type Position, pendingQuery, recentQuery } from './changes.ts'
import { due, inboxRows, present, toInboxRow } from './rows.ts'

/** Numbers of `notifications.changed` can commit out of order on PostgreSQL, by at most the duration of a transaction. */
const OVERLAP = 10 * SECOND

/** What inbox, counts and streams read. Nothing here waits for a writer. */
export function createInboxReads(dialect: Dialect, clock: Clock) {
  const db = dialect.reads

  /** The user's highest change number; 0 when there is none. */
  async function last(userId: string): Promise<number> {
    const { rows } = await lastQuery(userId).execute(db)
    return Math.max(rows[0]?.newest ?? 0, rows[0]?.marked ?? 0)
  }

  return {
    last,

    /** Newest first; `after` is the number of the last entry of the page before. */
    async page(userId: string, filter: InboxFilter, { limit, after }: Slice): Promise<Rows<InboxRow>> {
      const { rows, next } = paged(await pageQuery(dialect, clock(), userId, filter, { limit: limit + 1, after }).execute(), limit, ({ n }) => String(n))
      return { rows: rows.map(toInboxRow), next }
    },

    /** One entry per user, including zeros. */
    async counts(userIds: readonly string[]): Promise<Map<string, Counts>> {
      const counts = new Map(userIds.map((userId) => [userId, { ...NO_COUNTS }]))
      for (const { user_id, ...counted } of await countQuery(dialect, userIds, clock()).execute()) counts.set(user_id, counted)
      return counts
    },

    /** The number of changes from these positions on, including hidden entries, and the newest: a cheap query before `changed`. */
    async pending(list: readonly Position[]): Promise<Map<string, { count: number; last: number }>> {
      const { rows } = await pendingQuery(dialect, list).execute(db)
      return new Map(rows.map(({ user_id, count, last }) => [user_id, { count, last }]))
    },

    /** Changed entries, oldest change first; includes deleted entries (`deletedAt`), but not entries that were never visible. */
    async changed(list: readonly Position[], limit: number): Promise<InboxRow[]> {
      const rows = await changedQuery(dialect, list, limit).execute()
      return rows.map(toInboxRow)
    },

    /**
     * The position from which a reader that is up to date at `after` must resume to miss nothing: it repeats the changes of the 10 s
     * before, since a lower number may have been committed later. Null when the user has no change that high.
     */
    async resumeFrom(userId: string, after: number): Promise<number | null> {
      if (after > (await last(userId))) return null
      const { rows } = await recentQuery(userId, after).execute(db)
      const newest = rows[0]?.at ?? 0
      return rows.reduce((from, { changed, at }) => (at >= newest - OVERLAP ? Math.min(from, changed) : from), after + 1)
    },
  }
}

export function pageQuery(dialect: Dialect, now: Millis, userId: string, { unread, archived, category, type }: InboxFilter, { limit, after }: Slice) {
  let query = inboxRows(dialect, dialect.reads)
    .where('n.user_id', '=', userId)
    .where(present)
    .where(due(now))
    .where('n.archived_at', archived === true ? 'is not' : 'is', null)
    .orderBy('n.n', 'desc')
    .limit(limit)
  if (after !== null) query = query.where('n.n', '<', Number(after))
  if (unread !== undefined) query = query.where('n.read_at', unread ? 'is' : 'is not', null)
  if (category !== undefined) query = query.where('n.category', '=', category)
  if (type !== undefined) query = query.where('n.type', '=', type)
  return query
}

/** All three from one scan of the index `notifications_inbox`. Marking as read marks as seen, so unseen entries are a subset of unread ones. */
export const countQuery = (dialect: Dialect, userIds: readonly string[], now: Millis) =>
  dialect.reads
    .selectFrom('notifications as n')
    .select([
      'n.user_id',
      sql<number>`count(*)`.as('total'),
      sql<number>`count(case when n.read_at is null then 1 end)`.as('unread'),
      sql<number>`count(case when n.read_at is null and n.seen_at is null then 1 end)`.as('unseen'),
    ])
    .where('n.user_id', 'in', dialect.among([...userIds]))
    .where(present)
    .where('n.archived_at', 'is', null)
    .where(due(now))
    .groupBy('n.user_id')
