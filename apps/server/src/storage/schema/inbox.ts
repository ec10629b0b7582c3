import type { Generated } from 'kysely'
import type { Bytes, Flag } from './columns.ts'

/** The entries of people's inboxes. */
export interface InboxTables {
  notifications: NotificationsTable
}

export interface NotificationsTable {
  /** From the sequence of `dialect.numbers`; what other rows refer to, and the order of a page. */
  n: number
  id: Bytes
  /** `events.n` */
  event: number
  user_id: string
  type: string
  category: string
  severity: string
  priority: number
  created_at: number
  expires_at: number | null
  /** 1 when the in_app decision is deliver: only then it is in inbox, counts and stream. */
  visible: Flag
  seen_at: number | null
  read_at: number | null
  archived_at: number | null
  snoozed_until: number | null
  acted_at: number | null
  deleted_at: number | null
  /** The number of the last change of reading state, from the same sequence; that of the row until the first mark. The position in a stream, which leaves the hub sealed. */
  changed: number
  /** When `changed` was raised by a mark; 0 until then (`created_at` has the time). A resume repeats the changes shortly before. */
  changed_at: Generated<number>
  decision_set: number
}
