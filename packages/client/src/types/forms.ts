import type { Rate } from './connections.ts'
import type { JsonObject } from './words.ts'

/** Default limits of this provider's connections per node. */
export interface ProviderLimits {
  /** Messages in flight at once. */
  concurrency: number
  /** Null: no limit. With `of: "destination"` the vendor limits each destination, so the rate applies to shared connections only. */
  rate: (Rate & { of: 'connection' | 'destination' }) | null
}

/** A vendor or protocol, with JSON Schemas that describe its forms; docs/forms.md explains the keywords in them (`x-secret`, `x-widget`, …). */
export interface Provider {
  id: string
  name: string
  channel: string
  docs: string
  settings: JsonObject
  destination: JsonObject
  /** The destination form of a shared connection, if it differs: mail has lists of recipients. */
  sharedDestination?: JsonObject
  preview: boolean
  /** There is no destination form: apps register themselves at `/v1/me/devices`. */
  devices: boolean
  limits: ProviderLimits
}

/** The current form, for a list that only the vendor knows. */
export interface OptionsInput {
  settings?: JsonObject
  destination?: JsonObject
  /** Id of a saved connection: secrets sent as `********` are taken from it. */
  id?: string
}

/** One entry of a list to choose from. */
export interface Option {
  value: string
  label: string
  /** Distinguishes it from others with the same label. */
  hint?: string
}

/** A tag of connections. */
export interface Tag {
  tag: string
  /** Number of connections with it. */
  connections: number
}
