import { sql } from 'kysely'
import type { Dialect } from '../dialects/dialect.ts'
import { inboxRows } from './rows.ts'

// The number of a change is that of the entry (`n`) until its first mark, which gives it a higher one. So changes are found in two places: entries by
// the index `notifications_inbox` in the order of `n`, marked ones by `notifications_marked` in the order of `changed`. SQLite uses the second one
// only when the statement contains its condition. On PostgreSQL no index finds an entry by its number alone.

/** A reader's position: changes numbered `since` or higher are requested. */
export interface Position {
  userId: string
  since: number
}

/** Maximum of changes of one user that a resume looks back over. */
const LOOK_BACK = 500

const places = (dialect: Pick<Dialect, 'table'>, list: readonly Position[]) =>
  dialect.table(
    list.map(({ userId, since }) => ({ user_id: userId, since })),
    { user_id: 'text', since: 'integer' },
    'p',
  )

/** The user's newest entry, and the highest change of a marked one. */
export const lastQuery = (userId: string) =>
  sql<{ newest: number | null; marked: number | null }>`
    select (select max(n) from notifications where user_id = ${userId}) as newest,
      (select max(changed) from notifications where user_id = ${userId} and changed_at > 0) as marked`

/**
 * How many changes there are from each position on, and the newest: entries are counted in their index, marked ones only where they are not among them.
 * `cross join` keeps SQLite from reading the long table first; for PostgreSQL it is a normal join.
 */
export const pendingQuery = (dialect: Dialect, list: readonly Position[]) =>
  sql<{ user_id: string; count: number; last: number }>`
    select user_id, sum(counted) as count, max(number) as last from (
      select n.user_id, n.n as number, 1 as counted from ${places(dialect, list)} cross join notifications n where n.user_id = p.user_id and n.n >= p.since
      union all
      select n.user_id, n.changed as number, case when n.n < p.since then 1 else 0 end as counted from ${places(dialect, list)} cross join notifications n
        where n.user_id = p.user_id and n.changed >= p.since and n.changed_at > 0) as changes group by user_id`

/** Entries that changed from these positions on and were ever visible, oldest change first. */
export const changedQuery = (dialect: Dialect, list: readonly Position[], limit: number) =>
  inboxRows(dialect, dialect.reads)
    .where(
      sql<boolean>`n.id ${dialect.oneOf(sql`select id from (
        select c.id, c.changed from ${places(dialect, list)} cross join notifications c
          where c.user_id = p.user_id and c.n >= p.since and c.visible = 1 and c.changed_at = 0
        union all
        select c.id, c.changed from ${places(dialect, list)} cross join notifications c
          where c.user_id = p.user_id and c.changed >= p.since and c.visible = 1 and c.changed_at > 0) as changes order by changed limit ${limit}`)}`,
    )
    .orderBy('n.changed')

/** The user's last changes up to a number, newest first, with their times. Of either kind no more is read than can be among them. */
export const recentQuery = (userId: string, upTo: number) =>
  sql<{ changed: number; at: number }>`
    select changed, case when changed_at > created_at then changed_at else created_at end as at from (
      select changed, changed_at, created_at from (
        select changed, changed_at, created_at from notifications
          where user_id = ${userId} and n <= ${upTo} order by n desc limit ${LOOK_BACK}) as entries where changed_at = 0
      union all
      select changed, changed_at, created_at from (
        select changed, changed_at, created_at from notifications
          where user_id = ${userId} and changed <= ${upTo} and changed_at > 0 order by changed desc limit ${LOOK_BACK}) as marks) as changes
    order by changed desc limit ${LOOK_BACK}`
