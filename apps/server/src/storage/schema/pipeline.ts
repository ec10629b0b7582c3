import type { Generated } from 'kysely'
import type { StateCode } from '../delivery-states.ts'
import type { Bytes, JsonText } from './columns.ts'

/** Events on their way to people: decisions, deliveries, attempts. */
export interface PipelineTables {
  events: EventsTable
  decision_sets: DecisionSetsTable
  decisions: DecisionsTable
  deliveries: DeliveriesTable
  nodes: NodesTable
  attempts: AttemptsTable
  sent_messages: SentMessagesTable
  dedup_keys: DedupKeysTable
}

export interface EventsTable {
  /** From the sequence of `dialect.numbers`; what other rows refer to. */
  n: number
  id: Bytes
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
  event_id: Bytes
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
  id: Bytes
  /** `events.n` */
  event: number
  /** `notifications.n`; null for bare addresses and shared connections. */
  notification: number | null
  /** User id, `adr_…` or `con_…`. */
  recipient: string
  channel: string
  /** `dst_…` of a user, `adr_…` of a bare address, `con_…` of a shared connection. */
  destination_id: string
  /** Of the address: an event reaches an address once. */
  address_hash: Bytes
  connection_id: string | null
  state: StateCode
  due_at: number
  /** `held` only: when it is decided again; null while it waits for a connection. */
  held_until: number | null
  /** `held` only: quiet_hours, digest, rate_limit or no_connection. */
  held_for: string | null
  /** `merged` only: the event that it is part of. */
  merged_into: Generated<string | null>
  priority: number
  /** Raised by every claim, see `Claimed`. */
  lease: Generated<number>
  attempts: number
  /** Attempts made before a human asked for another round: the retry table starts over there. */
  attempts_before: Generated<number>
  /** Crashes of its process while it was being sent. */
  crashes: number
  /** `sending` only: `nodes.n` of the process that has it. */
  owner: number | null
  expires_at: number | null
  created_at: number
  finished_at: number | null
  /** When its event was cancelled or its user deleted: it never goes back to the queue. Null again once a person asks for another round. */
  cancelled_at: Generated<number | null>
  /** When the attempt that was sent began, and how long it took, where that is all there is to say of it: it has no row in `attempts`. */
  tried_at: number | null
  tried_ms: number | null
  /** Code and sentence of the last failure. */
  error_code: string | null
  error: string | null
  external_id: string | null
  /** Of several places, those that the next attempt need not try (JSON list of texts); null = none. */
  settled: Generated<JsonText | null>
}

export interface AttemptsTable {
  delivery_id: Bytes
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

/** The processes that have deliveries in hand. */
export interface NodesTable {
  n: Generated<number>
  /** The name of the process in the queue. */
  owner: string
  /** Until when its deliveries are its own without a heartbeat; 0 (`STOPPED`) after an orderly stop. */
  leased_until: number
}

/** The messages that were sent, compressed (deflate, base64), with their own retention. */
export interface SentMessagesTable {
  delivery_id: Bytes
  body: string
  at: number
}

export interface DedupKeysTable {
  /** User id, `adr_…` or `con_…`. */
  recipient: string
  event_type: string
  key: string
  event_id: Bytes
  at: number
}
