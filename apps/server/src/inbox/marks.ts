import type { Millis } from '../domain/time.ts'

export const MARKS = ['read', 'unread', 'seen', 'archive', 'unarchive', 'snooze', 'delete'] as const
export type MarkAction = (typeof MARKS)[number]

/** What a person does to entries. `until` null ends a snooze. */
export type Mark = { action: Exclude<MarkAction, 'snooze'> } | { action: 'snooze'; until: Millis | null }

/** Which entries a page shows. */
export interface InboxFilter {
  unread?: boolean | undefined
  /** Only what was put away; absent or false: only what was not. */
  archived?: boolean | undefined
  category?: string | undefined
  type?: string | undefined
}
