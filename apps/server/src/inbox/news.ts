import { changedFrame, countsFrame, type Frame, resyncFrame } from './frames.ts'
import { type Counts, type InboxItem, type InboxRow, NO_COUNTS } from './item.ts'

/** A reader's position: changes numbered `since` or higher are requested. */
export interface Position {
  userId: string
  since: number
}

/** The store as the feed uses it; `storage/inbox/inbox.ts` documents it. */
export interface FeedStore {
  last: (userId: string) => Promise<number>
  resumeFrom: (userId: string, after: number) => Promise<number | null>
  pending: (positions: readonly Position[]) => Promise<Map<string, { count: number; last: number }>>
  changed: (positions: readonly Position[], limit: number) => Promise<InboxRow[]>
  counts: (userIds: readonly string[]) => Promise<Map<string, Counts>>
}

export type Present = (row: InboxRow) => Promise<InboxItem>

/** Maximum of changes sent individually; more of them are one `resync`, as is a batch too large for the buffer of a normal reader. */
const MAX_CHANGES = 100
const MAX_BATCH = 48 * 1024

export interface News extends Position {
  frames: Frame[]
}

export async function frameOf(row: InboxRow, present: Present): Promise<Frame> {
  return changedFrame(row.changed, row.deletedAt === null ? await present(row) : { id: row.id, deleted: true })
}

/** Frames for these users, with three statements for all of them. `told` holds the changes that their readers already have. */
export async function readNews(store: FeedStore, present: Present, positions: Position[], told: (userId: string, changed: number) => boolean): Promise<News[]> {
  if (positions.length === 0) return []
  const pending = await store.pending(positions)
  const news = positions.flatMap((position) => {
    const found = pending.get(position.userId)
    return found === undefined ? [] : [{ ...position, ...found }]
  })
  if (news.length === 0) return []
  const few = news.filter(({ count }) => count <= MAX_CHANGES)
  const rows = few.length === 0 ? [] : await store.changed(few, few.length * MAX_CHANGES)
  const counts = await store.counts(news.map(({ userId }) => userId))

  const changes = new Map<string, Frame[]>(news.map(({ userId }) => [userId, []]))
  for (const row of rows) if (!told(row.user.id, row.changed)) changes.get(row.user.id)?.push(await frameOf(row, present))

  return news.map(({ userId, since, count, last }) => {
    const own = changes.get(userId) ?? []
    const tooMuch = count > MAX_CHANGES || own.reduce((bytes, { data }) => bytes + data.length, 0) > MAX_BATCH
    return { userId, since, frames: [...(tooMuch ? [resyncFrame(last, 'many_changes')] : own), countsFrame(last, counts.get(userId) ?? NO_COUNTS)] }
  })
}
