import type { Priority } from '../domain/event-type.ts'
import type { JsonObject } from '../domain/json.ts'
import type { Action } from '../domain/message.ts'
import type { Millis } from '../domain/time.ts'

/** When the person saw, read, archived or snoozed it. */
interface ReadingState {
  seenAt: Millis | null
  readAt: Millis | null
  archivedAt: Millis | null
  snoozedUntil: Millis | null
}

/** A notification from the store with the data for its texts, which are rendered only when shown. */
export interface InboxRow extends ReadingState {
  id: string
  eventId: string
  type: string
  category: string
  severity: string
  priority: Priority
  createdAt: Millis
  expiresAt: Millis | null
  deletedAt: Millis | null
  /** Increases with every change of the reading state; unique per change. */
  changed: number
  event: { data: JsonObject; tags: string[]; url: string | null; acceptedAt: Millis }
  user: { id: string; email: string | null; name: string | null; locale: string | null; timezone: string | null; data: JsonObject }
}

/** The texts of one row in its reader's language. Never HTML. */
export interface Rendered {
  title: string
  body: string
  url?: string
  actions: Action[]
}

export type Render = (row: InboxRow) => Rendered | Promise<Rendered>

/** An inbox entry on the wire; times are ISO 8601. */
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
  actions: Action[]
  data: JsonObject
  createdAt: string
  seenAt: string | null
  readAt: string | null
  archivedAt: string | null
  snoozedUntil: string | null
  expiresAt: string | null
}

/** Counts; archived, snoozed, expired and deleted entries are excluded. */
export interface Counts {
  total: number
  unread: number
  unseen: number
}

export const NO_COUNTS: Counts = { total: 0, unread: 0, unseen: 0 }
