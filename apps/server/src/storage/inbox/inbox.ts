import { sql } from 'kysely'
import { paged, type Rows, type Slice } from '../../domain/page.ts'
import { type Clock, type Millis, SECOND } from '../../domain/time.ts'
import { type Counts, type InboxRow, NO_COUNTS } from '../../inbox/item.ts'
import type { InboxFilter } from '../../inbox/marks.ts'
import type { Dialect } from '../dialects/dialect.ts'
import type { Db } from '../schema.ts'
import { due, inboxRows, present, toInboxRow } from './rows.ts'

/** A reader's position: changes numbered `since` or higher are requested. */
interface Position {
  userId: string
  since: number
}

/** Numbers of `notifications.changed` can commit out of order on PostgreSQL, by at most the duration of a transaction. */
const OVERLAP = 10 * SECOND
/** Maximum of changes of one user that a resume looks back over. */
const LOOK_BACK = 500

/** What inbox, counts and streams read. Nothing here waits for a writer. */
export function createInboxReads(dialect: Dialect, clock: Clock) {
  const db = dialect.reads
  const places = (list: readonly Position[]) =>
    dialect.table(
      list.map(({ userId, since }) => ({ user_id: userId, since })),
      { user_id: 'text', since: 'integer' },
      'p',
    )

  /** The user's highest change number; 0 when there is none. */
  async function last(userId: string): Promise<number> {
    const newest = db.selectFrom('notifications').select('changed').where('user_id', '=', userId).orderBy('changed', 'desc').limit(1)
    return (await newest.executeTakeFirst())?.changed ?? 0
  }

  return {
    last,

    /** Newest first; `after` is the last id of the page before. */
    async page(userId: string, filter: InboxFilter, { limit, after }: Slice): Promise<Rows<InboxRow>> {
      const rows = await pageQuery(db, clock(), userId, filter, { limit: limit + 1, after }).execute()
      return paged(rows.map(toInboxRow), limit, ({ id }) => id)
    },

    /** One entry per user, including zeros. */
    async counts(userIds: readonly string[]): Promise<Map<string, Counts>> {
      const counts = new Map(userIds.map((userId) => [userId, { ...NO_COUNTS }]))
      for (const { user_id, ...counted } of await countQuery(dialect, userIds, clock()).execute()) counts.set(user_id, counted)
      return counts
    },

    /** The number of changes from these positions on, including hidden entries, and the newest: a cheap query before `changed`. */
    async pending(list: readonly Position[]): Promise<Map<string, { count: number; last: number }>> {
      // `cross join` keeps SQLite from reading the long table first; for PostgreSQL it is a normal join.
      const { rows } = await sql<{ user_id: string; count: number; last: number }>`
        select n.user_id, count(*) as count, max(n.changed) as last from ${places(list)} cross join notifications n
        where n.user_id = p.user_id and n.changed >= p.since group by n.user_id`.execute(db)
      return new Map(rows.map(({ user_id, count, last }) => [user_id, { count, last }]))
    },

    /** Changed entries, oldest change first; includes deleted entries (`deletedAt`), but not entries that were never visible. */
    async changed(list: readonly Position[], limit: number): Promise<InboxRow[]> {
      const rows = await inboxRows(db)
        .where(
          sql<boolean>`n.id in (select c.id from ${places(list)} cross join notifications c
            where c.user_id = p.user_id and c.changed >= p.since and c.visible = 1 order by c.changed limit ${limit})`,
        )
        .orderBy('n.changed')
        .execute()
      return rows.map(toInboxRow)
    },

    /**
     * The position from which a reader that is up to date at `after` must resume to miss nothing: it repeats the changes of the 10 s
     * before, since a lower number may have been committed later. Null when the user has no change that high.
     */
    async resumeFrom(userId: string, after: number): Promise<number | null> {
      if (after > (await last(userId))) return null
      const { rows } = await sql<{ changed: number; at: number }>`
        select changed, case when changed_at > created_at then changed_at else created_at end as at
        from notifications where user_id = ${userId} and changed <= ${after} order by changed desc limit ${LOOK_BACK}`.execute(db)
      const newest = rows[0]?.at ?? 0
      return rows.reduce((from, { changed, at }) => (at >= newest - OVERLAP ? Math.min(from, changed) : from), after + 1)
    },
  }
}

export function pageQuery(db: Db, now: Millis, userId: string, { unread, archived, category, type }: InboxFilter, { limit, after }: Slice) {
  let query = inboxRows(db)
    .where('n.user_id', '=', userId)
    .where(present)
    .where(due(now))
    .where('n.archived_at', archived === true ? 'is not' : 'is', null)
    .orderBy('n.id', 'desc')
    .limit(limit)
  if (after !== null) query = query.where('n.id', '<', after)
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
