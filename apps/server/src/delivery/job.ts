import type { Verdict } from '../domain/decision.ts'
import type { Event } from '../domain/event.ts'
import type { JsonObject } from '../domain/json.ts'
import type { NamedBy } from '../domain/named-by.ts'
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
  /** Of the row: every claim raises it. What is written with an older number comes too late: the row was claimed again meanwhile. */
  lease: number
  /** This one included. */
  attempts: number
  /** The attempts of those that were made before a human asked for another round. */
  attemptsBefore: number
  crashes: number
  expiresAt: Millis | null
  createdAt: Millis
  /** Of several places, those that an earlier attempt settled; absent = none. */
  settled?: readonly string[]
  /** Its event has sensitive data; absent = none, or the event was not read. */
  sensitive?: true
}

/** The recipient, as templates may name them. */
export interface Person {
  id?: string
  name?: string
  email?: string
  locale?: string
  timezone?: string
  data?: JsonObject
}

/** A claimed delivery with all the data that its attempt needs, read when the attempt begins. */
export interface Job extends Claimed {
  event: Event
  /** When its rows were read. */
  readAt: Millis
  person: Person
  /** Null: the user removed it meanwhile. Frozen, and the same object as long as the row is unchanged. */
  destination: JsonObject | null
  /** Who named that destination. */
  namedBy: NamedBy
  /** Devices only: the provider of the device. */
  provider?: string
  /** Devices only: how many of the person's notifications are unread. */
  unread?: number
  /** The verdict of the rules now, read again just before; any other than `deliver` keeps the message from being sent. */
  verdict: Verdict
  /** The secrets of its destination cannot be decrypted: the row is damaged, and an operator has to repair it. */
  unreadable?: true
}

/** The row alone, without what was read for an attempt. */
export function claimedOf(job: Job): Claimed {
  const { event: _event, readAt: _readAt, person: _person, destination: _destination, namedBy: _namedBy, verdict: _verdict, ...known } = job
  const { provider: _provider, unread: _unread, unreadable: _unreadable, ...claimed } = known
  return claimed
}
