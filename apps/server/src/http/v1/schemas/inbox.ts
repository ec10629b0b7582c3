import { Type } from 'typebox'
import { MARKS } from '../../../inbox/marks.ts'
import { FRAME_ID } from '../../streams/positions.ts'
import { AnyObject, Count, DateTime, Key, Moment, Nullable, named, OneOf, Optional, PageOf, PageQuery, Strict, Text } from './base.ts'
import { Priority } from './words.ts'

const Id = Type.String({ minLength: 1, maxLength: 64 })

export const InboxItem = named(
  'InboxItem',
  Strict({
    id: Text,
    eventId: Text,
    type: Text,
    category: Text,
    priority: Priority,
    severity: Text,
    title: Text,
    body: Text,
    url: Optional(Text),
    actions: Type.Array(Strict({ label: Text, url: Text })),
    data: AnyObject,
    createdAt: Text,
    seenAt: Moment,
    readAt: Moment,
    archivedAt: Moment,
    snoozedUntil: Moment,
    expiresAt: Moment,
  }),
)
export const InboxPage = PageOf(InboxItem)
export const InboxCounts = named('InboxCounts', Strict({ total: Count, unread: Count, unseen: Count }))

const filter = { category: Optional(Key), type: Optional(Key) }
export const InboxQuery = Strict({ ...PageQuery, ...filter, unread: Optional(Type.Boolean()), archived: Optional(Type.Boolean()) })
export const ItemParams = Strict({ id: Id })

/** For routes whose path says everything: no body, or an empty one. */
export const NoBody = Type.Union([Type.Null(), Strict({})])
const Until = Nullable(DateTime)
export const SnoozeInput = Strict({ until: Until })
export const BulkInput = Strict({ ids: Type.Array(Id, { minItems: 1, maxItems: 200 }), action: OneOf(MARKS), until: Optional(Until) })
export const BulkDone = Strict({ items: Type.Array(InboxItem) })
export const ReadAllInput = Type.Union([Type.Null(), Strict(filter)])
export const ReadAllDone = Strict({ updated: Count, counts: InboxCounts })
export const Ticket = named('InboxTicket', Strict({ ticket: Text, expiresAt: Text }))

/** Strict, but a token in the URL is refused earlier, with its own message. */
export const StreamQuery = Strict({
  ticket: Optional(Type.String({ minLength: 1, maxLength: 128 })),
  after: Optional(Type.String({ pattern: FRAME_ID.source, description: 'must be the id of a frame' })),
})
