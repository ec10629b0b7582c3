import type { Health } from './connections.ts'
import type { AddressRecipient, UserRecipient } from './events.ts'
import type { JsonObject } from './words.ts'

/** The body of PUT /v1/users/:id: absent fields are kept, null clears. */
export interface UserInput {
  email?: string | null
  name?: string | null
  locale?: string | null
  timezone?: string | null
  /** Replaces the whole object. */
  data?: JsonObject
  active?: boolean
}

/** One row of a users batch. */
export interface UserRow extends UserInput {
  id: string
}

export interface UsersBatch {
  users: UserRow[]
}

export interface UsersStored {
  created: number
  updated: number
}

/** A person who can be notified. */
export interface User {
  id: string
  email: string | null
  name: string | null
  locale: string | null
  timezone: string | null
  data: JsonObject
  active: boolean
  createdAt: string
  updatedAt: string
}

/** A short-lived token with which a person's browser uses user routes. */
export interface UserToken {
  token: string
  expiresAt: string
}

export interface UserTokenInput {
  /** Seconds, 60-86,400; default 3,600. */
  expiresIn?: number
}

/** Absent fields stay as they are. */
export interface TopicInput {
  /** Its key unless said. */
  name?: string
  /** Whether people may join by themselves; a new topic is closed unless this is true. */
  open?: boolean
}

/** A named audience. */
export interface Topic {
  key: string
  name: string
  /** Whether people may join by themselves. */
  open: boolean
  subscribers: number
  createdAt: string
  updatedAt: string
}

/** A subscriber: a user, or a bare address. */
export interface Subscriber {
  /** User id, or `adr_…` of a bare address. */
  member: string
  user: string | null
  email: string | null
  since: string
}

/** At most 1,000 entries in each list; users are created when unknown. */
export interface SubscribersInput {
  add?: (string | UserRecipient | AddressRecipient)[]
  remove?: (string | AddressRecipient)[]
}

export interface SubscribersChanged {
  added: number
  removed: number
}

/** One entry of an address list, with its own deliveries. */
export interface DestinationPlace {
  /** Its number in the list, from 1. */
  place: number
  /** Scheme and server, such as `json://example.com:8443`; no secret. The list shows it as `<label>/********`. */
  label: string
  confirmedAt: string | null
  /** Set when it is switched off. */
  goneAt: string | null
  goneReason: string | null
  health: Health
}

/** The address of one user on one channel; secrets are `********`. */
export interface Destination {
  channel: string
  body: JsonObject
  /** For a list: when all entries were confirmed. */
  confirmedAt: string | null
  /** For a list: when all entries were gone. */
  goneAt: string | null
  goneReason: string | null
  /** For a list of addresses (Apprise URLs): each entry. */
  places: DestinationPlace[]
  /** Its health; for a list that of its worst entry. A destination on a connection's own server has that connection's health instead. */
  health: Health
  updatedAt: string
}

export interface ConfirmInput {
  code: string
}

/** One cell of a person's matrix. */
export interface RoutingCell {
  enabled: boolean
  /** The value when the person has set none. */
  default: boolean
  /** It cannot be changed. */
  locked: boolean
}

export interface RoutingRow {
  key: string
  name: string
  category: string
  critical: boolean
  essential: boolean
  channels: { [channel: string]: RoutingCell }
}

/** The routing matrix: event types x channels. */
export interface Routing {
  channels: string[]
  eventTypes: RoutingRow[]
}

/** Cells to change: true, false, or null for the event type's default. Others are kept. */
export interface RoutingInput {
  routes: { [eventType: string]: { [channel: string]: boolean | null } }
}

/** Masters: a whole channel, or a category on a channel. Absent = on. */
export interface Preferences {
  channels: { [channel: string]: boolean }
  categories: { [category: string]: { [channel: string]: boolean } }
}

/** Merged into the stored preferences; null resets one switch. */
export interface PreferencesInput {
  channels?: { [channel: string]: boolean | null }
  categories?: { [category: string]: { [channel: string]: boolean | null } }
}

export interface MyTopic {
  key: string
  name: string
  since: string
}
