import type { Rate } from './connections.ts'
import type { JsonObject } from './words.ts'

/** What a connection of this provider may do on each node while it says nothing else. */
export interface ProviderLimits {
  /** Messages in flight at once. */
  concurrency: number
  /** Null: no limit. `of` a `destination`: each has its own with the vendor, so it is kept on shared connections only. */
  rate: (Rate & { of: 'connection' | 'destination' }) | null
}

/** A vendor or protocol, with JSON Schemas that draw its forms; docs/forms.md describes the marks in them (`x-secret`, `x-widget`, …). */
export interface Provider {
  id: string
  name: string
  channel: string
  docs: string
  settings: JsonObject
  destination: JsonObject
  /** What a shared connection takes as its destination, where that is another form: mail goes to lists. */
  sharedDestination?: JsonObject
  preview: boolean
  /** Nobody fills in a destination: apps register themselves at `/v1/me/devices`. */
  devices: boolean
  limits: ProviderLimits
}

/** A form as it stands, for a list that only the vendor knows. */
export interface OptionsInput {
  settings?: JsonObject
  destination?: JsonObject
  /** Of a saved connection: secrets sent as `********` are taken from it. */
  id?: string
}

/** One entry of a list to choose from. */
export interface Option {
  value: string
  label: string
  /** What tells it from others of the same label. */
  hint?: string
}

/** A tag that connections have. */
export interface Tag {
  tag: string
  /** How many have it. */
  connections: number
}
