import type { EventType } from '../domain/event-type.ts'
import type { Millis } from '../domain/time.ts'

/** Where one user stands on one channel. */
export interface Place {
  id: string
  addressHash: string
  confirmed: boolean
  gone: boolean
}

/** The switches of one user that this rules read. */
export interface Preferences {
  /** Master per channel. */
  channels?: { [channel: string]: boolean }
  /** Master per category and channel. */
  categories?: { [category: string]: { [channel: string]: boolean } }
}

/** Everything known about one user when the channels are decided. */
export interface Reach {
  userId: string
  active: boolean
  places: ReadonlyMap<string, Place>
  /** Cells of the matrix for this event type that the user set. */
  routes: ReadonlyMap<string, boolean>
  preferences: Preferences
}

/** One column of the hub as it is now. */
export interface Channel {
  name: string
  enabled: boolean
  /** `in_app` needs neither. */
  needsDestination: boolean
  connected: boolean
}

/** What is the same for all recipients of one event. */
export interface Occasion {
  eventType: EventType
  /** `channels` of the event, if it narrows. */
  requested: readonly string[] | null
  expiresAt: Millis | null
  channels: readonly Channel[]
  /** No usable connection at all: plan everything, send nothing, log it. */
  logOnly: boolean
  now: Millis
}
