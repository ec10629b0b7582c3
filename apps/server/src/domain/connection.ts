import type { Severity } from './event-type.ts'
import type { JsonObject } from './json.ts'
import type { Limits } from './limits.ts'
import type { Millis } from './time.ts'
import type { Trouble } from './trouble.ts'

type Scalar = string | number | boolean | null

/** One event type that a shared connection gets; `when` lists data fields (dotted) and the value each must have, or the values it may have. */
export interface Subscription {
  /** Event type key, or `*` for all. */
  type: string
  when?: { [field: string]: Scalar | Scalar[] }
}

/** A configured provider, as the running hub uses it: settings in clear, frozen. */
export interface Connection {
  id: string
  name: string
  provider: string
  channel: string
  settings: JsonObject
  /** Shared connections only. */
  destination: JsonObject | null
  personal: boolean
  events: Subscription[]
  tags: string[]
  minSeverity: Severity | null
  /** Tried in this order inside a channel, lowest first. */
  priority: number
  enabled: boolean
  /** Null: the limits that its vendor documents. */
  limits: Limits | null
  updatedAt: Millis
}

/** What an attempt needs to know of a connection. */
export type Through = Pick<Connection, 'id' | 'provider' | 'settings' | 'destination' | 'personal'>

/** As it is stored: with its health. */
export interface StoredConnection extends Connection {
  createdAt: Millis
  /** Null: healthy. */
  health: TargetHealth | null
}

/** A connection to be saved; settings and destination are in clear and already checked. */
export type NewConnection = Omit<Connection, 'id' | 'updatedAt'>

/** One refused delivery, and the likeness of its answer: the answer without addresses and ids. */
export interface Refusal {
  likeness: string
  /** The vendor says that this recipient does not exist, and people do leave: that takes more of them. */
  ofRecipient: boolean
  delivery: string
  destination: string
  /** Whose destination it is: a user, or a bare address. Absent: the destination stands for itself. */
  recipient?: string
  event: string
  /** Who reported the event, see `Event.reporter`; absent: the hub itself. */
  reporter?: string
}

/** Refusals in a row whose answers are alike, each of another recipient; `connections/alike.ts`. */
export interface AlikeRefusals {
  likeness: string
  refused: { destination: string; recipient?: string; delivery: string; event: string; reporter?: string }[]
  /** The series is full: such an answer is taken for a fault of the connection until something is accepted. */
  blamed: boolean
  /** The series speaks for this reporter alone, while others use the connection: its messages are tried again, and nothing is blocked. Empty: the hub itself. */
  voice?: string
}

/** The health of a target (a connection or one destination). */
export interface TargetHealth {
  target: string
  initialFailureAt: Millis | null
  mostRecentFailureAt: Millis | null
  /** 0-5 */
  level: number
  blockedUntil: Millis | null
  /** The vendor asked us to wait (429): nothing is sent there until then, and it is not unhealthy. */
  pausedUntil: Millis | null
  /** Failures in a row. */
  failures: number
  lastError: string | null
  /** The kind of that error, for the words that a person reads. */
  lastTrouble: Trouble | null
  /** Absent: nothing was refused since the last success. */
  alike?: AlikeRefusals
}
