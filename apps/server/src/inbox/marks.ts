import type { Millis } from '../domain/time.ts'

export const MARKS = ['read', 'unread', 'seen', 'archive', 'unarchive', 'snooze', 'delete'] as const
export type MarkAction = (typeof MARKS)[number]

/** Actions on entries. `until` null ends a snooze. */
export type Mark = { action: Exclude<MarkAction, 'snooze'> } | { action: 'snooze'; until: Millis | null }

/** Filter of a page. */
export interface InboxFilter {
  unread?: boolean | undefined
  /** Only archived entries; absent or false: only others. */
  archived?: boolean | undefined
  category?: string | undefined
  type?: string | undefined
}
