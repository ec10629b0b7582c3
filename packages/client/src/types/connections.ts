import type { FieldError, JsonObject, Severity } from './words.ts'

/** A value in a condition; null also matches an absent field. */
export type ConditionValue = string | number | boolean | null

/** A subscription of a shared connection; `when` lists data fields (dotted) and the required value, or the permitted values, of each. */
export interface Subscription {
  type: string
  when?: { [field: string]: ConditionValue | ConditionValue[] }
}

/** At most `count` messages in `perSeconds`. */
export interface Rate {
  count: number
  perSeconds: number
}

/** Limits of a connection per node; absent ones keep the vendor's documented values. */
export interface ConnectionLimits {
  /** Messages in flight at once. */
  concurrency?: number
  rate?: Rate
}

export interface ConnectionInput {
  provider: string
  name: string
  settings?: JsonObject
  /** Shared connections only. */
  destination?: JsonObject | null
  /** Serves the channel of people's matrices. Left out: a new connection is shared when it has a destination, else personal; a saved one stays as it is. */
  personal?: boolean
  events?: Subscription[]
  tags?: string[]
  minSeverity?: Severity | null
  /** Lowest first inside a channel. */
  priority?: number
  enabled?: boolean
  /** Override the limits in `GET /v1/providers`; null: do not. */
  limits?: ConnectionLimits | null
}

/** Changes of a connection: absent fields are kept, given ones are replaced as a whole, and a secret given as `********` keeps its value. */
export type ConnectionPatch = Partial<Omit<ConnectionInput, 'provider' | 'personal'>>

/** Options of saving; both apply to enabled connections only. */
export interface SaveOptions {
  /** Sends real samples first, and saves only when they are accepted (else 422 `connection_test_failed`). */
  test?: boolean
  /** Saves despite warnings (else 422 `connection_warnings`); errors cannot be overridden. */
  force?: boolean
}

/** One error or warning; `field` is a JSON pointer into the connection, empty when no field is at fault. */
export interface ConnectionTestFailure {
  field: string
  message: string
  severity: 'error' | 'warning'
  code: string
}

/** The result of a connection test: one sample per subscribed event type, or one general message. */
export interface ConnectionTest {
  /** Null for unsaved settings. */
  id: string | null
  name: string
  /** Whether every sample was accepted; `failures` may still contain warnings. False also for `not_tested`. */
  ok: boolean
  /** Event types whose sample was accepted. */
  sent: string[]
  failures: ConnectionTestFailure[]
}

/** The health of a connection. */
export interface Health {
  /** `paused`: its vendor asked us to wait (429); `blocked`: it failed too often. Its deliveries wait. */
  state: 'healthy' | 'failing' | 'paused' | 'blocked' | 'off'
  /** Time of the first failure; null while it is healthy. */
  since: string | null
  /** 0-5: the level of its blocks (5 min, 15 min, 30 min, 1 h, 3 h). A success lowers it by one. */
  level: number
  /** End of the pause or block. */
  until: string | null
  /** Consecutive failures. */
  failures: number
  lastFailureAt: string | null
  lastError: string | null
}

/** A configured provider; secrets are `********` and are kept when sent back like that. */
export interface Connection {
  id: string
  provider: string
  channel: string
  name: string
  settings: JsonObject
  destination: JsonObject | null
  personal: boolean
  events: Subscription[]
  /** Event types in `events` that are not registered (yet): they may be misspelt. */
  unknownTypes: string[]
  /** Why it sends nothing, or less than it seems to: no keys yet, its channel is switched off, an event type is not registered. */
  warnings: FieldError[]
  tags: string[]
  minSeverity: Severity | null
  priority: number
  enabled: boolean
  /** Null: its provider's limits. */
  limits: ConnectionLimits | null
  health: Health
  createdAt: string
  updatedAt: string
}

/** A connection from GET, with changes. It may contain read-only fields: `id` and `channel` must not change, the others are ignored. */
export interface ConnectionReplacement
  extends ConnectionInput,
    Partial<Pick<Connection, 'id' | 'channel' | 'unknownTypes' | 'warnings' | 'health' | 'createdAt' | 'updatedAt'>> {}

/** Unsaved settings to test; secrets sent as `********` are taken from the saved connection `id`. */
export interface ConnectionTestInput extends ConnectionReplacement {
  /** Personal connections only: the recipient of the sample message. */
  to?: JsonObject
}
