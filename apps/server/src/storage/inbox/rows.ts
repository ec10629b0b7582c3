import { sql } from 'kysely'
import { PRIORITIES } from '../../domain/event-type.ts'
import type { Millis } from '../../domain/time.ts'
import type { InboxRow } from '../../inbox/item.ts'
import type { Dialect } from '../dialects/dialect.ts'
import type { Db } from '../schema.ts'

/** All data of an entry in one statement: the notification, its event, its reader. */
export const inboxRows = ({ publicId }: Pick<Dialect, 'publicId'>, db: Db) =>
  db
    .selectFrom('notifications as n')
    .innerJoin('events as e', 'e.n', 'n.event')
    .leftJoin('users as u', 'u.id', 'n.user_id')
    .select([publicId('ntf', 'n.id').as('id'), publicId('evt', 'e.id').as('event_id')])
    .select([
      'n.n',
      'n.user_id',
      'n.type',
      'n.category',
      'n.severity',
      'n.priority',
      'n.created_at',
      'n.expires_at',
      'n.seen_at',
      'n.read_at',
      'n.archived_at',
      'n.snoozed_until',
      'n.deleted_at',
      'n.changed',
      'e.data as event_data',
      'e.tags',
      'e.url',
      'e.accepted_at',
      'u.email',
      'u.name',
      'u.locale',
      'u.timezone',
      'u.data as user_data',
    ])

type SelectedRow = Awaited<ReturnType<ReturnType<typeof inboxRows>['execute']>>[number]

export const toInboxRow = (row: SelectedRow): InboxRow => ({
  id: row.id,
  eventId: row.event_id,
  type: row.type,
  category: row.category,
  severity: row.severity,
  priority: PRIORITIES[row.priority] ?? 'medium',
  createdAt: row.created_at,
  expiresAt: row.expires_at,
  seenAt: row.seen_at,
  readAt: row.read_at,
  archivedAt: row.archived_at,
  snoozedUntil: row.snoozed_until,
  deletedAt: row.deleted_at,
  changed: row.changed,
  event: { data: JSON.parse(row.event_data), tags: JSON.parse(row.tags), url: row.url, acceptedAt: row.accepted_at },
  user: {
    id: row.user_id,
    email: row.email,
    name: row.name,
    locale: row.locale,
    timezone: row.timezone,
    data: row.user_data === null ? {} : JSON.parse(row.user_data),
  },
})

/** Whether an entry is in the inbox. */
export const present = sql<boolean>`n.visible = 1 and n.deleted_at is null`

/** Visible at this time: not snoozed, not expired. */
export const due = (now: Millis) => sql<boolean>`(n.snoozed_until is null or n.snoozed_until <= ${now}) and (n.expires_at is null or n.expires_at > ${now})`
