import type { EventType } from '../domain/event-type.ts'
import type { Millis } from '../domain/time.ts'

/** One place where a user is reached on one channel. */
export interface Place {
  id: string
  addressHash: string
  confirmed: boolean
  gone: boolean
  /** Devices only: the provider that speaks to it. */
  provider?: string
  /** Where there may be several: what this one is called in the trace. */
  label?: string
}

/** The switches of one user that the rules read. */
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
  /** Per channel: one destination, or all devices. */
  places: ReadonlyMap<string, readonly Place[]>
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
  /** Channels with devices: the providers that have a connection. */
  providers?: readonly string[]
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
