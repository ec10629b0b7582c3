import type { NamedBy } from '../../domain/named-by.ts'
import type { Trouble } from '../../domain/trouble.ts'
import type { Flag, JsonText } from './columns.ts'

/** Recipients, and their addresses. */
export interface PeopleTables {
  users: UsersTable
  addresses: AddressesTable
  topics: TopicsTable
  topic_subscribers: TopicSubscribersTable
  destinations: DestinationsTable
  devices: DevicesTable
  routes: RoutesTable
  preferences: PreferencesTable
}

export interface UsersTable {
  id: string
  email: string | null
  name: string | null
  locale: string | null
  timezone: string | null
  data: JsonText
  active: Flag
  created_at: number
  updated_at: number
  /** Differs for each user who ever had this id; null: stored before epochs existed. */
  epoch: string | null
}

/** A bare external address: `adr_` + a hash of the folded address. */
export interface AddressesTable {
  id: string
  channel: string
  email: string
  name: string | null
  locale: string | null
  created_at: number
}

export interface TopicsTable {
  key: string
  name: string
  /** 1: people may join by themselves. */
  open: Flag
  created_at: number
  updated_at: number
}

export interface TopicSubscribersTable {
  topic: string
  /** User id or `adr_…`. */
  member: string
  created_at: number
}

export interface DestinationsTable {
  id: string
  user_id: string
  channel: string
  /** 0: the only one of its channel; from 1 on: one of a list. */
  n: number
  /** JSON; secret fields inside are encrypted. */
  body: JsonText
  /** The label of one entry of a list; no secret. Null: the only one of its channel. */
  label: string | null
  address_hash: string
  named_by: NamedBy
  confirmed_at: number | null
  gone_at: number | null
  gone_reason: string | null
  /** The kind of that reason. */
  gone_trouble: Trouble | null
  created_at: number
  updated_at: number
}

/** A browser or a phone; a user has up to 20. */
export interface DevicesTable {
  id: string
  user_id: string
  channel: string
  provider: string
  platform: string
  /** The provider's destination as JSON; secret fields inside are encrypted. */
  body: JsonText
  /** Of the token or endpoint; unique. */
  address_hash: string
  named_by: NamedBy
  app: string | null
  environment: string | null
  locale: string | null
  name: string | null
  /** Web push: the key with which it subscribed. */
  vapid_key: string | null
  created_at: number
  last_seen_at: number
  gone_at: number | null
  gone_reason: string | null
}

export interface RoutesTable {
  user_id: string
  event_type: string
  channel: string
  enabled: Flag
}

export interface PreferencesTable {
  user_id: string
  body: JsonText
  updated_at: number
}
