import { type RawBuilder, sql } from 'kysely'
import type { Clock, Millis } from '../../domain/time.ts'
import { CarillonError } from '../../errors.ts'
import type { InboxRow } from '../../inbox/item.ts'
import type { InboxFilter, Mark } from '../../inbox/marks.ts'
import type { Dialect } from '../dialects/dialect.ts'
import type { Trx } from '../schema.ts'
import { due, inboxRows, present, toInboxRow } from './rows.ts'

/** Entries per transaction of "read all": it may block the database for about 10 ms. */
const CHUNK = 500

interface InboxMarksParts {
  dialect: Dialect
  clock: Clock
  /** Inside the transaction: notifies the streams of these users that changes from `since` on are new. */
  inboxChanged: (trx: Trx, userIds: string[], since: number) => Promise<void>
}

/** What a person does to the entries of their own inbox. A mark that changes nothing raises nothing, so repeating one is harmless. */
export function createInboxMarks({ dialect, clock, inboxChanged }: InboxMarksParts) {
  /** Returns the number of changed entries. `ids` must belong to the user. */
  async function apply(trx: Trx, userId: string, ids: string[], mark: Mark): Promise<number> {
    const now = clock()
    const { set, when } = effect(mark, now)
    const open = await trx
      .selectFrom('notifications as n')
      .select(dialect.publicId('ntf', 'n.id').as('id'))
      .where('n.id', 'in', dialect.amongIds('ntf', ids))
      .where('n.user_id', '=', userId)
      .where(sql<boolean>`(${when})`)
      .execute()
    if (open.length === 0) return 0
    const numbers = await dialect.numbers(trx, open.length)
    const rows = open.map(({ id }, i) => ({ id, changed: numbers[i]! }))
    // Repeats `when`: another node may have marked the same entry between the two statements.
    await sql`update notifications as n set ${set}, changed = r.changed, changed_at = ${now}
      from ${dialect.table(rows, { id: 'id', changed: 'integer' }, 'r')} where n.id = r.id and ${when}`.execute(trx)
    await inboxChanged(trx, [userId], numbers[0]!)
    return open.length
  }

  return {
    /**
     * Marks these entries and returns their current state, in the order of `ids`, without deleted ones. Throws `not_found` with a pointer
     * for every id that is not in this user's inbox, and then marks none.
     */
    async mark(userId: string, ids: string[], mark: Mark): Promise<InboxRow[]> {
      const wanted = [...new Set(ids)]
      const rows = await dialect.db.transaction().execute(async (trx) => {
        const own = inboxRows(dialect, trx).where('n.id', 'in', dialect.amongIds('ntf', wanted)).where('n.user_id', '=', userId).where(present)
        const there = await own.clearSelect().select(dialect.publicId('ntf', 'n.id').as('id')).execute()
        const known = new Set(there.map(({ id }) => id))
        const strange = ids.flatMap((id, i) => (known.has(id) ? [] : [{ pointer: `/ids/${i}`, message: 'is not in this inbox' }]))
        if (strange.length > 0) throw new CarillonError('not_found', { errors: strange })
        await apply(trx, userId, wanted, mark)
        return own.execute()
      })
      const byId = new Map(rows.map((row) => [row.id, toInboxRow(row)]))
      return wanted.flatMap((id) => byId.get(id) ?? [])
    },

    /** Marks as read all entries that match the filter and existed at the call, in short transactions. Returns the number of changed entries. */
    async readAll(userId: string, { category, type }: Pick<InboxFilter, 'category' | 'type'>): Promise<number> {
      const asked = clock()
      let updated = 0
      for (;;) {
        const count = await dialect.db.transaction().execute(async (trx) => {
          let query = trx
            .selectFrom('notifications as n')
            .select(dialect.publicId('ntf', 'n.id').as('id'))
            .where('n.user_id', '=', userId)
            .where(present)
            .where('n.archived_at', 'is', null)
            .where('n.read_at', 'is', null)
            .where('n.created_at', '<=', asked)
            .where(due(asked))
            .limit(CHUNK)
          if (category !== undefined) query = query.where('n.category', '=', category)
          if (type !== undefined) query = query.where('n.type', '=', type)
          const ids = (await query.execute()).map(({ id }) => id)
          return ids.length === 0 ? 0 : apply(trx, userId, ids, { action: 'read' })
        })
        if (count === 0) return updated
        updated += count
      }
    },
  }
}

/** The values a mark sets, and the condition under which it changes an entry. The first time is kept: reading twice does not change `readAt`. */
function effect(mark: Mark, now: Millis): { set: RawBuilder<unknown>; when: RawBuilder<unknown> } {
  switch (mark.action) {
    case 'read':
      return { set: sql`read_at = ${now}, seen_at = coalesce(n.seen_at, ${now})`, when: sql`n.read_at is null` }
    case 'unread':
      return { set: sql`read_at = null`, when: sql`n.read_at is not null` }
    case 'seen':
      return { set: sql`seen_at = ${now}`, when: sql`n.seen_at is null` }
    case 'archive':
      return { set: sql`archived_at = ${now}, seen_at = coalesce(n.seen_at, ${now})`, when: sql`n.archived_at is null` }
    case 'unarchive':
      return { set: sql`archived_at = null`, when: sql`n.archived_at is not null` }
    case 'snooze':
      return { set: sql`snoozed_until = ${mark.until}`, when: sql`coalesce(n.snoozed_until, 0) <> ${mark.until ?? 0}` }
    case 'delete':
      return { set: sql`deleted_at = ${now}`, when: sql`n.deleted_at is null` }
  }
}
