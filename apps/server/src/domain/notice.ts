import type { Millis } from './time.ts'

/** What happened beside the deliveries, for those who must be told. */
export interface Notice {
  kind: 'connection.blocked' | 'connection.restored' | 'destination.switched_off'
  /** Connection or destination id. */
  target: string
  detail: string
  blockedUntil: Millis | null
  /** `destination.switched_off`: whose, and where. */
  user?: string
  channel?: string
  /** Of a list: what the place is called, and how many others of the list still hear. */
  place?: string
  others?: number
}
