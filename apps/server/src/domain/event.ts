import type { Priority, Severity } from './event-type.ts'
import type { JsonObject } from './json.ts'
import type { Millis } from './time.ts'

/** One entry of `to`, after parsing. */
export type Audience =
  | { kind: 'user'; id: string; profile?: UserProfile }
  | { kind: 'topic'; key: string }
  | { kind: 'address'; email: string; name?: string; locale?: string }
  | { kind: 'all' }

/** The fields of a user that an event may update; absent fields stay as they are. */
export interface UserProfile {
  email?: string
  name?: string
  locale?: string
  timezone?: string
  data?: JsonObject
}

/** A fact reported by an application. It never changes after it was accepted. */
export interface Event {
  id: string
  type: string
  to: Audience[]
  /** Public part of the data; sensitive fields hold `********` here. */
  data: JsonObject
  /** The sensitive fields by JSON pointer, encrypted; null when the type has none or they were deleted. */
  sensitive: string | null
  actor: string | null
  /** Narrows the decision to these channels; never overrides a preference. */
  channels: string[] | null
  dedupKey: string | null
  tags: string[]
  severity: Severity
  priority: Priority
  url: string | null
  sendAt: Millis | null
  expiresAt: Millis | null
  acceptedAt: Millis
  /** How many hubs it has passed before this one (`domain/hops.ts`). */
  hops: number
  /** The id of the one place that it is for, `dst_…`; null = all places of its recipients. Only the hub itself reports such events. */
  place: string | null
  /** Who reported it, `key:key_…` or `user:<id>`; null = the hub itself. */
  reporter: string | null
}

export const EVENT_STATES = ['accepted', 'scheduled', 'planned', 'cancelled', 'failed'] as const
/** accepted: waits for fan-out · scheduled: waits for `sendAt` · planned: every decision is stored · failed: quarantined */
export type EventState = (typeof EVENT_STATES)[number]
