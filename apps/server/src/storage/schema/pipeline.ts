import type { Generated } from 'kysely'
import type { JsonText } from './columns.ts'

/** Events on their way to people: decisions, deliveries, attempts. */
export interface PipelineTables {
  events: EventsTable
  decision_sets: DecisionSetsTable
  decisions: DecisionsTable
  deliveries: DeliveriesTable
  attempts: AttemptsTable
  sent_messages: SentMessagesTable
  dedup_keys: DedupKeysTable
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
  /** How many hubs it has passed before this one; null is none. */
  hops: number | null
  /** The id of the one place that it is for; null = all places of its recipients. */
  place: string | null
  /** Who reported it; null is the hub itself. */
  reporter: string | null
  state: string
  /** The position of the fan-out: `<audience index>:<last member>`; null before it began and after it ended. */
  cursor: string | null
  planned_at: number | null
}

export interface DecisionSetsTable {
  id: Generated<number>
  /** `in_app=deliver:routed email=skip:route_off`: channel, decision and reason, without details of one person; unique. */
  body: string
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
  /** Hash of the address: an event reaches an address once. */
  address_hash: string
  connection_id: string | null
  state: string
  due_at: number
  /** `held` only: when it is decided again; null while it waits for a connection. */
  held_until: number | null
  /** `held` only: quiet_hours, digest, rate_limit or no_connection. */
  held_for: string | null
  /** `merged` only: the event that it is part of. */
  merged_into: Generated<string | null>
  priority: number
  attempts: number
  /** Attempts made before a human asked for another round: the retry table starts over there. */
  attempts_before: Generated<number>
  /** Crashes of its process while it was being sent. */
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
  /** Of several places, those that the next attempt need not try (JSON list of texts); null = none. */
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

/** The messages that were sent, compressed (deflate, base64), with their own retention. */
export interface SentMessagesTable {
  delivery_id: string
  body: string
  at: number
}

export interface DedupKeysTable {
  /** User id, `adr_…` or `con_…`. */
  recipient: string
  event_type: string
  key: string
  event_id: string
  at: number
}
