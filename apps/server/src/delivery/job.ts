import type { Verdict } from '../domain/decision.ts'
import type { Event } from '../domain/event.ts'
import type { JsonObject } from '../domain/json.ts'
import type { Millis } from '../domain/time.ts'

/** A delivery row that this process has leased. */
export interface Claimed {
  id: string
  eventId: string
  notificationId: string | null
  /** User id, `adr_…` or `con_…`. */
  recipient: string
  channel: string
  destinationId: string
  connectionId: string
  /** This one included. */
  attempts: number
  /** Of those, how many were made before a human asked for another round. */
  attemptsBefore: number
  crashes: number
  expiresAt: Millis | null
  createdAt: Millis
  /** Of several places, those that an earlier attempt settled; absent = none. */
  settled?: readonly string[]
}

/** Who is meant, as templates may name them. */
export interface Person {
  id?: string
  name?: string
  email?: string
  locale?: string
  timezone?: string
  data?: JsonObject
}

/** A claimed delivery with everything that its attempt needs, read when the attempt begins. */
export interface Job extends Claimed {
  event: Event
  person: Person
  /** Null: the user removed it since. Frozen, and the same object as long as the row is unchanged. */
  destination: JsonObject | null
  /** Devices only: the one provider that speaks to it. */
  provider?: string
  /** Devices only: how many of the person's notifications are unread. */
  unread?: number
  /** What the rules say now, read again just before; anything but `deliver` keeps it from being sent. */
  verdict: Verdict
  /** The secrets of its destination do not open: a damaged row, for an operator. */
  unreadable?: true
}
