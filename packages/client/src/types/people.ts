import type { Health } from './connections.ts'
import type { AddressRecipient, UserRecipient } from './events.ts'
import type { JsonObject } from './words.ts'

/** What PUT /v1/users/:id takes: absent fields stay as they are, null clears. */
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

/** A person who can be told. */
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

/** A short-lived token with which a person's browser uses their own routes. */
export interface UserToken {
  token: string
  expiresAt: string
}

export interface UserTokenInput {
  /** Seconds, 60-86,400; 3,600 unless said. */
  expiresIn?: number
}

export interface TopicInput {
  name?: string
}

/** A named audience. */
export interface Topic {
  key: string
  name: string
  subscribers: number
  createdAt: string
  updatedAt: string
}

/** A subscriber: a user, or an address without one. */
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

/** One entry of a list of addresses, which has deliveries of its own. */
export interface DestinationPlace {
  /** Its number in the list, from 1. */
  place: number
  /** Scheme and server, such as `json://example.com:8443`; no secret. The list shows it as `<label>/********`. */
  label: string
  confirmedAt: string | null
  /** Set when nothing more is sent there. */
  goneAt: string | null
  goneReason: string | null
  health: Health
}

/** Where one user is reached on one channel; secrets read `********`. */
export interface Destination {
  channel: string
  body: JsonObject
  /** Of a list: when all of it was. */
  confirmedAt: string | null
  /** Of a list: when all of it was gone. */
  goneAt: string | null
  goneReason: string | null
  /** Where the destination is a list of addresses (Apprise URLs): each of them. */
  places: DestinationPlace[]
  /** How well it has been answering; of a list its worst entry. A destination on a connection's own server has that connection's health instead. */
  health: Health
  updatedAt: string
}

export interface ConfirmInput {
  code: string
}

/** One cell of a person's matrix. */
export interface RoutingCell {
  enabled: boolean
  /** What it is when the person says nothing. */
  default: boolean
  /** Nobody can change it. */
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

/** The matrix: event types x channels. */
export interface Routing {
  channels: string[]
  eventTypes: RoutingRow[]
}

/** Cells to change: true, false, or null for "as the event type says". Others stay. */
export interface RoutingInput {
  routes: { [eventType: string]: { [channel: string]: boolean | null } }
}

/** Masters: a whole channel, or a category on a channel. Absent = on. */
export interface Preferences {
  channels: { [channel: string]: boolean }
  categories: { [category: string]: { [channel: string]: boolean } }
}

/** Merged into what is stored; null forgets one switch. */
export interface PreferencesInput {
  channels?: { [channel: string]: boolean | null }
  categories?: { [category: string]: { [channel: string]: boolean | null } }
}

export interface MyTopic {
  key: string
  name: string
  since: string
}
