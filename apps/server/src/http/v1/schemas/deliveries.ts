import { Type } from 'typebox'
import { Count, Key, Moment, Nullable, named, OneOf, Optional, PageOf, PeriodQuery, Strict, Text, UserId } from './base.ts'
import { DeliveryState } from './words.ts'

const fields = {
  id: Text,
  eventId: Text,
  notificationId: Nullable(Text),
  recipient: Text,
  channel: Text,
  connection: Nullable(Text),
  state: DeliveryState,
  heldFor: Nullable(Type.String({ description: 'quiet_hours, digest, rate_limit, no_connection, connection_blocked or destination_blocked' })),
  heldUntil: Moment,
  mergedInto: Nullable(Type.String({ description: 'merged only: the event that contains it' })),
  dueAt: Text,
  attempts: Count,
  createdAt: Text,
  finishedAt: Moment,
  expiresAt: Moment,
  errorCode: Nullable(Text),
  error: Nullable(Text),
  externalId: Nullable(Text),
}
export const DeliverySummary = named('DeliverySummary', Strict(fields))
export const DeliveryPage = PageOf(DeliverySummary)
const Attempt = Strict({
  n: Count,
  connection: Text,
  at: Text,
  ms: Count,
  outcome: Text,
  code: Nullable(Text),
  status: Nullable(Count),
  detail: Nullable(Text),
  retryAt: Moment,
})
export const Delivery = named('Delivery', Strict({ ...fields, history: Type.Array(Attempt) }))

const Id = Type.String({ minLength: 1, maxLength: 64 })
export const filter = {
  event: Optional(Id),
  user: Optional(UserId),
  recipient: Optional(Type.String({ minLength: 1, maxLength: 128 })),
  channel: Optional(Key),
  connection: Optional(Id),
  ...PeriodQuery,
}
export const RetryQuery = Strict({
  status: Optional(OneOf(['failed', 'expired', 'cancelled', 'suppressed', 'queued'])),
  ...filter,
  dryRun: Optional(Type.Boolean()),
})
export const Retried = Strict({ retried: Count, dryRun: Type.Boolean() })
