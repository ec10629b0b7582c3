import type { JsonObject, PageQuery, Priority } from './types.ts'

/** A link or button below an entry. Its target is http(s) or mailto. */
export interface InboxAction {
  label: string
  url: string
}

/** One entry of a user's inbox. Texts are plain, never HTML; times are ISO 8601. */
export interface InboxItem {
  id: string
  eventId: string
  type: string
  category: string
  priority: Priority
  severity: string
  title: string
  body: string
  url?: string
  actions: InboxAction[]
  data: JsonObject
  createdAt: string
  seenAt: string | null
  readAt: string | null
  archivedAt: string | null
  /** Hidden until then. */
  snoozedUntil: string | null
  expiresAt: string | null
}

/** Archived, snoozed, expired and deleted entries are excluded. Unseen entries are a subset of unread ones. */
export interface InboxCounts {
  total: number
  unread: number
  unseen: number
}

export interface InboxFilter {
  category?: string
  type?: string
}

export interface InboxQuery extends PageQuery, InboxFilter {
  unread?: boolean
  /** Only archived entries; otherwise only others. */
  archived?: boolean
}

export type InboxMark = 'read' | 'unread' | 'seen' | 'archive' | 'unarchive' | 'snooze' | 'delete'

export interface SnoozeInput {
  /** A time in the future, with offset; null ends a snooze. */
  until: string | null
}

/** At most 200 ids; one id that is not in the inbox refuses the whole request. `until` belongs to `snooze`. */
export interface InboxBulkInput {
  ids: string[]
  action: InboxMark
  until?: string | null
}

export interface InboxBulkDone {
  /** Their current state, without deleted ones. */
  items: InboxItem[]
}

export interface InboxReadAllDone {
  updated: number
  counts: InboxCounts
}

/** For `?ticket=` of one stream: valid once, for 60 s. */
export interface InboxTicket {
  ticket: string
  expiresAt: string
}

/**
 * The frames of a stream. `id` is the position from which a later stream resumes.
 * - `hello` comes first. `resumed: false`: load the list now, later changes follow.
 * - `notification`: a new or changed entry, or the id of a deleted one. The same entry may arrive twice: merge by id.
 * - `resync`: load the list again. With the reasons `slow`, `signed_out`, `unavailable` and `stopping` the stream ends.
 */
export type InboxFrame = { id: string } & (
  | { event: 'hello'; data: { resumed: boolean; retryMs: number } }
  | { event: 'notification'; data: InboxItem | { id: string; deleted: true } }
  | { event: 'counts'; data: InboxCounts }
  | { event: 'resync'; data: { reason: 'many_changes' | 'unknown_position' | 'slow' | 'signed_out' | 'unavailable' | 'stopping' } }
)

export interface InboxStreamOptions {
  /** Ends the stream. */
  signal: AbortSignal
  onFrame: (frame: InboxFrame) => void
  /** `id` of the last frame of an earlier stream. */
  lastEventId?: string
  /** Called with the reason a connection ended, before the next try; the stream continues. */
  onCut?: (reason: unknown) => void
  /** Waits between two tries; replaced in tests. */
  wait?: (ms: number, signal: AbortSignal) => Promise<void>
}
