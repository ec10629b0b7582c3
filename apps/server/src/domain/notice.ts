import type { Millis } from './time.ts'

/** A change beside the deliveries, for the people who must be notified of it. */
export interface Notice {
  kind: 'connection.blocked' | 'connection.restored' | 'destination.switched_off'
  /** Connection or destination id. */
  target: string
  detail: string
  blockedUntil: Millis | null
  /** `destination.switched_off`: its user and its channel. */
  user?: string
  channel?: string
  /** Of a list: the label of the place, and how many other places of the list still work. */
  place?: string
  others?: number
}
