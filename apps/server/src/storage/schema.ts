// Every table as Kysely sees it. Columns are text or integer on both engines: times are milliseconds UTC, booleans 0/1, JSON is text.
import type { Generated, Kysely, Transaction } from 'kysely'
import type { TaskName } from '../queue/queue.ts'

type Flag = 0 | 1
type JsonText = string

export interface EventTypesTable {
  key: string
  /** The whole entry as JSON: it is always read whole and cached. */
  body: JsonText
  /** `api` or the name of the pack that brought it. */
  source: string
  created_at: number
  updated_at: number
}

export interface EventsTable {
  id: string
  type: string
  /** The parsed `to`. */
  audience: JsonText
  data: JsonText
  /** Encrypted sensitive fields; emptied when the last delivery is terminal. */
  sensitive: string | null
  actor: string | null
  channels: JsonText | null
  dedup_key: string | null
  tags: JsonText
  severity: string
  priority: number
  url: string | null
  send_at: number | null
  expires_at: number | null
  accepted_at: number
  state: string
  /** Where the fan-out is: `<audience index>:<last member>`; null before it began and after it ended. */
  cursor: string | null
  planned_at: number | null
}

export interface NotificationsTable {
  id: string
  event_id: string
  user_id: string
  type: string
  category: string
  severity: string
  priority: number
  created_at: number
  expires_at: number | null
  /** 1 when the in_app decision is deliver: only then it shows in inbox, counts and stream. */
  visible: Flag
  seen_at: number | null
  read_at: number | null
  archived_at: number | null
  snoozed_until: number | null
  acted_at: number | null
  deleted_at: number | null
  /** From one sequence, raised by every change of reading state; `Last-Event-ID` counts in it. */
  changed: number
  /** When `changed` was raised by a mark; 0 until then (`created_at` says it). A resume repeats what changed shortly before. */
  changed_at: Generated<number>
  decision_set: number
}

export interface DecisionSetsTable {
  id: Generated<number>
  /** JSON list of decisions, without details of one person; unique. */
  body: JsonText
}

export interface DecisionsTable {
  event_id: string
  /** User id, `adr_…` or `con_…`. */
  recipient: string
  /** Empty when the reason concerns the person. */
  channel: string
  decision: string
  reason: string
  /** Empty: there is none. */
  detail: string
  at: number
}

export interface DeliveriesTable {
  id: string
  event_id: string
  notification_id: string | null
  /** User id, `adr_…` or `con_…`. */
  recipient: string
  channel: string
  /** `dst_…` of a user, `adr_…` of a bare address, `con_…` of a shared connection. */
  destination_id: string
  /** Folded address: one event reaches one address once. */
  address_hash: string
  connection_id: string | null
  state: string
  due_at: number
  /** `held` only: when it is decided again; null while it waits for a connection. */
  held_until: number | null
  /** `held` only: quiet_hours, digest, rate_limit or no_connection. */
  held_for: string | null
  /** `merged` only: the event that tells it. */
  merged_into: Generated<string | null>
  priority: number
  attempts: number
  /** Attempts made before a human asked for another round: the retry table starts over there. */
  attempts_before: Generated<number>
  /** Times its process died while it was being sent. */
  crashes: number
  leased_until: number | null
  lease_owner: string | null
  expires_at: number | null
  created_at: number
  finished_at: number | null
  /** Code and sentence of the last failure. */
  error_code: string | null
  error: string | null
  external_id: string | null
  /** Of several places, those that the next attempt need not ask (JSON list of texts); null = none. */
  settled: Generated<JsonText | null>
}

export interface AttemptsTable {
  delivery_id: string
  n: number
  connection_id: string
  at: number
  ms: number
  /** sent, retry, failed, suppressed, expired, logged, failover */
  outcome: string
  code: string | null
  status: number | null
  detail: string | null
  retry_at: number | null
}

/** What was sent, compressed (deflate, base64), with its own retention. */
export interface SentMessagesTable {
  delivery_id: string
  body: string
  at: number
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
  /** What one of a list is called; no secret. Null: the only one of its channel. */
  label: string | null
  address_hash: string
  confirmed_at: number | null
  gone_at: number | null
  gone_reason: string | null
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
  app: string | null
  environment: string | null
  locale: string | null
  name: string | null
  /** Web push: under which key it subscribed. */
  vapid_key: string | null
  created_at: number
  last_seen_at: number
  gone_at: number | null
  gone_reason: string | null
}

export interface ChannelsTable {
  channel: string
  enabled: Flag
}

export interface ConnectionsTable {
  id: string
  name: string
  /** Lower case, unique. */
  name_key: string
  provider: string
  channel: string
  settings: JsonText
  destination: JsonText | null
  personal: Flag
  events: JsonText
  tags: JsonText
  min_severity: string | null
  priority: number
  enabled: Flag
  limits: JsonText | null
  created_at: number
  updated_at: number
}

export interface TargetHealthTable {
  /** `con_…` or `dst_…` */
  target: string
  initial_failure_at: number | null
  most_recent_failure_at: number | null
  level: number
  blocked_until: number | null
  paused_until: number | null
  failures: number
  last_error: string | null
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

export interface DedupKeysTable {
  /** User id, `adr_…` or `con_…`. */
  recipient: string
  event_type: string
  key: string
  event_id: string
  at: number
}

export interface IdempotencyKeysTable {
  /** Scope of the caller and the key. */
  key: string
  hash: string
  /** 0 while the first request runs. */
  status: number
  body: string
  at: number
}

export interface WorkTable {
  id: Generated<number>
  name: TaskName
  ref: string
  due_at: number
  priority: number
  attempts: number
  /** Leases in a row that ended without a word. */
  crashes: number
  leased_until: number | null
  /** Why it was given up; such rows stay for a human. */
  quarantined: string | null
  created_at: number
}

/** PostgreSQL only: what pg-boss does not know of a job that is delayed or was ever claimed. */
export interface WorkClaimsTable {
  /** The job's id in pg-boss. */
  task: string
  name: TaskName
  /** When the hub's clock makes it due; null once that was done. */
  due_at: number | null
  /** Who holds it: the number of the node's advisory lock. */
  node: number | null
  leased_until: number | null
  attempts: number
  /** Leases in a row that ended without a word. */
  crashes: number
}

export interface ApiKeysTable {
  id: string
  name: string
  /** Public part, by which the row is found. */
  prefix: string
  hash: string
  scopes: JsonText
  created_at: number
  expires_at: number | null
  last_used_at: number | null
  revoked_at: number | null
}

/** Single-use tokens: stream tickets and destination confirmations. */
export interface TokensTable {
  id: string
  purpose: string
  hash: string
  user_id: string
  ref: string | null
  expires_at: number
  used_at: number | null
  tries: number
}

export interface AuditLogTable {
  id: string
  at: number
  actor: string
  action: string
  target: string
  detail: JsonText
  request_id: string | null
}

export interface SettingsTable {
  key: string
  value: string
}

export interface CountersTable {
  name: string
  value: number
}

export interface Tables {
  event_types: EventTypesTable
  events: EventsTable
  notifications: NotificationsTable
  decision_sets: DecisionSetsTable
  decisions: DecisionsTable
  deliveries: DeliveriesTable
  attempts: AttemptsTable
  sent_messages: SentMessagesTable
  users: UsersTable
  addresses: AddressesTable
  topics: TopicsTable
  topic_subscribers: TopicSubscribersTable
  destinations: DestinationsTable
  devices: DevicesTable
  channels: ChannelsTable
  connections: ConnectionsTable
  target_health: TargetHealthTable
  routes: RoutesTable
  preferences: PreferencesTable
  dedup_keys: DedupKeysTable
  idempotency_keys: IdempotencyKeysTable
  work: WorkTable
  work_claims: WorkClaimsTable
  api_keys: ApiKeysTable
  tokens: TokensTable
  audit_log: AuditLogTable
  settings: SettingsTable
  counters: CountersTable
}

export type Db = Kysely<Tables>
export type Trx = Transaction<Tables>
