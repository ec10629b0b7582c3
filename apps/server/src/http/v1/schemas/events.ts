import { Type } from 'typebox'
import {
  AnyObject,
  Count,
  DateTime,
  Email,
  Key,
  Line,
  Link,
  Locale,
  Moment,
  Nullable,
  named,
  OneOf,
  Optional,
  PageOf,
  Strict,
  Text,
  Timezone,
  UserId,
} from './base.ts'
import { DeliverySummary } from './deliveries.ts'
import { EventState, FieldError, Priority, Reason, Severity } from './words.ts'

export const UserRecipient = Strict({
  user: UserId,
  email: Optional(Email),
  name: Optional(Line(256)),
  locale: Optional(Locale),
  timezone: Optional(Timezone),
  data: Optional(AnyObject),
})
const TopicRecipient = Strict({ topic: Key })
export const AddressRecipient = Strict({ email: Email, name: Optional(Line(256)), locale: Optional(Locale) })
const AllRecipient = Strict({ all: Type.Literal(true) })

export const Recipient = named(
  'Recipient',
  Type.Union([UserId, UserRecipient, TopicRecipient, AddressRecipient, AllRecipient], {
    description: 'must be a user id, {user, …}, {topic}, {email, …} or {all: true}',
  }),
)

const options = {
  actor: Optional(UserId),
  channels: Optional(Type.Array(Key, { maxItems: 50 })),
  dedupKey: Optional(Line(256)),
  tags: Optional(Type.Array(Line(64), { maxItems: 20 })),
  severity: Optional(Severity),
  priority: Optional(Priority),
  sendAt: Optional(DateTime),
  expiresAt: Optional(DateTime),
  url: Optional(Link),
}
/** The limit for recipients of a report and for reports of a batch. A larger audience is a topic. */
const MOST = 1000
/** Empty: no recipient by name, only shared connections that subscribe. */
const To = Type.Array(Recipient, { maxItems: MOST })
const Somebody = Type.Array(Recipient, { minItems: 1, maxItems: MOST })

export const EventReport = named('EventReport', Strict({ type: Key, to: To, data: Optional(AnyObject), ...options }))
export const NotificationReport = named(
  'NotificationReport',
  Strict({ to: Somebody, title: Line(256), body: Type.String({ maxLength: 65_536 }), data: Optional(AnyObject), ...options }),
)
export const Batch = Strict({ events: Type.Array(EventReport, { minItems: 1, maxItems: MOST }) })

export const Accepted = named('Accepted', Strict({ id: Text }, { description: 'On disk' }))
export const BatchItem = named(
  'BatchItem',
  Type.Union([Strict({ id: Text }), Strict({ error: Strict({ code: Text, status: Count, detail: Text, errors: Type.Array(FieldError) }) })]),
)
export const BatchAccepted = Strict({ items: Type.Array(BatchItem) })

const eventFields = {
  id: Text,
  type: Text,
  to: Type.Array(Recipient),
  data: AnyObject,
  actor: Nullable(Text),
  channels: Nullable(Type.Array(Text)),
  dedupKey: Nullable(Text),
  tags: Type.Array(Text),
  severity: Severity,
  priority: Priority,
  url: Nullable(Text),
  sendAt: Moment,
  expiresAt: Moment,
  acceptedAt: Text,
  state: EventState,
}
export const Event = named('Event', Strict(eventFields))
export const EventPage = PageOf(Event)
const NotificationSummary = Strict({ id: Text, user: Text, visible: Type.Boolean(), createdAt: Text, readAt: Moment })
export const EventDetail = named(
  'EventDetail',
  Strict({ ...eventFields, notifications: Type.Array(NotificationSummary), deliveries: Type.Array(DeliverySummary) }),
)

const DecisionKind = OneOf(['deliver', 'hold', 'skip'])
/** Which decisions are answered, and whether skips of one recipient with one reason become one. */
export const TraceFilter = {
  recipient: Optional(Type.String({ minLength: 1, maxLength: 128 })),
  user: Optional(UserId),
  channel: Optional(Key),
  decision: Optional(DecisionKind),
  reason: Optional(Reason),
  fold: Optional(Type.Boolean()),
}
export const Decision = named(
  'Decision',
  Strict({
    user: Nullable(Text),
    address: Optional(Text),
    connection: Optional(Text),
    channel: Nullable(Text),
    channels: Optional(Type.Array(Text)),
    decision: DecisionKind,
    reason: Reason,
    detail: Nullable(Text),
    at: Text,
  }),
)
export const Trace = Strict({ eventId: Nullable(Text), items: Type.Array(Decision), nextCursor: Nullable(Text) })
export const Cancelled = Strict({ cancelled: Count })
