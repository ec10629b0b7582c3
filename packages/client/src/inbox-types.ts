import type { JsonObject, PageQuery, Priority } from './types.ts'

/** A link or button under an entry. Its target is http(s), mailto, or a path of your own site. */
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

/** Nothing archived, snoozed, expired or deleted counts. What is unseen is among what is unread. */
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
  /** Only what was put away; otherwise only what was not. */
  archived?: boolean
}

export type InboxMark = 'read' | 'unread' | 'seen' | 'archive' | 'unarchive' | 'snooze' | 'delete'

export interface SnoozeInput {
  /** In the future, with offset; null ends a snooze. */
  until: string | null
}

/** At most 200 ids; one that is not in the inbox refuses all of them. `until` belongs to `snooze`. */
export interface InboxBulkInput {
  ids: string[]
  action: InboxMark
  until?: string | null
}

export interface InboxBulkDone {
  /** As they are now, without deleted ones. */
  items: InboxItem[]
}

export interface InboxReadAllDone {
  updated: number
  counts: InboxCounts
}

/** For `?ticket=` of one stream: good once, for 60 s. */
export interface InboxTicket {
  ticket: string
  expiresAt: string
}

/**
 * What a stream says. `id` is where a later stream goes on.
 * - `hello` comes first. `resumed: false`: load the list now, changes from here on follow.
 * - `notification`: a new or changed entry, or the id of a deleted one. The same may come twice: merge by id.
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
  /** Hears why a connection ended before the next try; the stream itself goes on. */
  onCut?: (reason: unknown) => void
  /** How it waits between two tries; tests hand in their own. */
  wait?: (ms: number, signal: AbortSignal) => Promise<void>
}
