import type { DeliverySummary } from './deliveries.ts'
import type { EventState, FieldError, JsonObject, Priority, Reason, Severity } from './words.ts'

/** A user by id; unknown ids become users. The other fields are stored in the profile. */
export interface UserRecipient {
  user: string
  email?: string
  name?: string
  locale?: string
  timezone?: string
  data?: JsonObject
}

/** All subscribers of a topic. */
export interface TopicRecipient {
  topic: string
}

/** A bare address without a user. */
export interface AddressRecipient {
  email: string
  name?: string
  locale?: string
}

/** Every active user. */
export interface AllRecipient {
  all: true
}

/** One entry of `to`; a plain string is a user id. */
export type Recipient = string | UserRecipient | TopicRecipient | AddressRecipient | AllRecipient

/** Options of every report. */
export interface ReportOptions {
  /** The user who caused it; not notified. */
  actor?: string
  /** Restricts the decision to these channels; never overrides a preference. */
  channels?: string[]
  /** Events with the same key notify each recipient once. */
  dedupKey?: string
  tags?: string[]
  severity?: Severity
  priority?: Priority
  /** RFC 3339 with offset. */
  sendAt?: string
  /** RFC 3339 with offset. */
  expiresAt?: string
  /** Address that the message links to. */
  url?: string
}

/** An event: what happened, and whom it concerns. */
export interface EventReport extends ReportOptions {
  type: string
  /** Empty: only subscribed shared connections. */
  to: Recipient[]
  /** Checked against the schema of the event type; absent = `{}`. */
  data?: JsonObject
}

/** A message without an event type of its own (the built-in type `message`). */
export interface NotificationReport extends ReportOptions {
  to: Recipient[]
  title: string
  /** Markdown. */
  body: string
  data?: JsonObject
}

/** 202: committed to disk. */
export interface Accepted {
  id: string
}

/** One result per event of a batch, in order: its id, or the refusal. */
export type BatchItem = Accepted | { error: { code: string; status: number; detail: string; errors: FieldError[] } }

export interface BatchAccepted {
  items: BatchItem[]
}

/** An accepted event; immutable. Sensitive data is `********`. */
export interface Event {
  id: string
  type: string
  to: Recipient[]
  data: JsonObject
  actor: string | null
  channels: string[] | null
  dedupKey: string | null
  tags: string[]
  severity: Severity
  priority: Priority
  url: string | null
  sendAt: string | null
  expiresAt: string | null
  acceptedAt: string
  state: EventState
}

/** The inbox entry of one user for one event. */
export interface NotificationSummary {
  id: string
  user: string
  visible: boolean
  createdAt: string
  readAt: string | null
}

/** One event with the first 200 of its notifications and deliveries; the lists have routes of their own. */
export interface EventDetail extends Event {
  notifications: NotificationSummary[]
  deliveries: DeliverySummary[]
}

/** The decision for one recipient on one channel. */
export interface Decision {
  /** Null when the recipient is a bare address or a shared connection. */
  user: string | null
  /** `adr_…` of a bare address. */
  address?: string
  /** Id of a shared connection. */
  connection?: string
  /** Null when the reason applies to the whole person. */
  channel: string | null
  /** Of a folded trace: several channels that were skipped alike; `channel` is null. */
  channels?: string[]
  decision: 'deliver' | 'hold' | 'skip'
  reason: Reason
  detail: string | null
  at: string
}

/** Decisions with their reasons; `eventId` is null when nothing was sent (explain). */
export interface Trace {
  eventId: string | null
  items: Decision[]
  nextCursor: string | null
}

export interface Cancelled {
  /** Number of cancelled deliveries. */
  cancelled: number
}
