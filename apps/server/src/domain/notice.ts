import type { Event } from './event.ts'
import type { Millis } from './time.ts'
import type { Trouble } from './trouble.ts'

/** A change beside the deliveries, for the people who must be notified of it. */
export interface Notice {
  kind: 'connection.blocked' | 'connection.restored' | 'destination.switched_off'
  /** Connection or destination id. */
  target: string
  /** The whole reason, for operators. */
  detail: string
  /** `destination.switched_off`: what it means to the person who is told. */
  trouble?: Trouble
  blockedUntil: Millis | null
  /** `destination.switched_off`: its user and its channel. */
  user?: string
  channel?: string
  /** Of a list: the label of the place, and how many other places of the list still work. */
  place?: string
  others?: number
}

/** Notices with the events as which they were stored. */
export interface Told {
  notices: readonly Notice[]
  events: readonly Event[]
}
