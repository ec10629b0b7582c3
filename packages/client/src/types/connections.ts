import type { JsonObject, Severity } from './words.ts'

/** What a condition can ask for; null also means that the field is not there. */
export type ConditionValue = string | number | boolean | null

/** An event type that a shared connection hears; `when` lists data fields (dotted) and the value each must have, or the values it may have. */
export interface Subscription {
  type: string
  when?: { [field: string]: ConditionValue | ConditionValue[] }
}

/** At most `count` messages in `perSeconds`. */
export interface Rate {
  count: number
  perSeconds: number
}

/** What a connection may do on each node; what is absent stays as the vendor documents it. */
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
  /** In place of the limits that `GET /v1/providers` tells; null: those. */
  limits?: ConnectionLimits | null
}

/** What changes of a connection: absent fields stay, a given one is replaced whole, and a secret that reads `********` stays as it is. */
export type ConnectionPatch = Partial<Omit<ConnectionInput, 'provider' | 'personal'>>

/** How a connection is saved; both concern enabled connections only. */
export interface SaveOptions {
  /** Sends real samples first, and saves only when they are accepted (else 422 `connection_test_failed`). */
  test?: boolean
  /** Saves in spite of warnings (else 422 `connection_warnings`); errors are never waived. */
  force?: boolean
}

/** One thing that is wrong; `field` is a JSON pointer into the connection, empty when no field is to blame. */
export interface ConnectionTestFailure {
  field: string
  message: string
  severity: 'error' | 'warning'
  code: string
}

/** What a test of a connection came to: one sample per event type that it hears, or one general message. */
export interface ConnectionTest {
  /** Null for unsaved settings. */
  id: string | null
  name: string
  /** Every sample was accepted; what saving would warn of may stand in `failures` all the same. False also for what was `not_tested`. */
  ok: boolean
  /** Event types whose sample was accepted. */
  sent: string[]
  failures: ConnectionTestFailure[]
}

/** How well a connection has been answering. */
export interface Health {
  /** `paused`: its vendor asked us to wait (429); `blocked`: it failed too often. What is meant for it waits. */
  state: 'healthy' | 'failing' | 'paused' | 'blocked'
  /** The first of the failures; null while it is healthy. */
  since: string | null
  /** 0-5: how far the blocks have grown (5 min, 15 min, 30 min, 1 h, 3 h). A success lowers it by one. */
  level: number
  /** Paused or blocked: until when. */
  until: string | null
  /** In a row. */
  failures: number
  lastFailureAt: string | null
  lastError: string | null
}

/** A configured provider; secrets read `********` and stay when sent back so. */
export interface Connection {
  id: string
  provider: string
  channel: string
  name: string
  settings: JsonObject
  destination: JsonObject | null
  personal: boolean
  events: Subscription[]
  /** What `events` names and nobody registered (yet): it may be misspelt. */
  unknownTypes: string[]
  tags: string[]
  minSeverity: Severity | null
  priority: number
  enabled: boolean
  /** Null: those of its provider. */
  limits: ConnectionLimits | null
  health: Health
  createdAt: string
  updatedAt: string
}

/** A connection as it was read, with changes in it. What only the hub knows may stay in it: `id` and `channel` cannot be changed, the others are not looked at. */
export interface ConnectionReplacement
  extends ConnectionInput,
    Partial<Pick<Connection, 'id' | 'channel' | 'unknownTypes' | 'health' | 'createdAt' | 'updatedAt'>> {}

/** Unsaved settings to try; secrets sent as `********` are taken from the saved connection that `id` names. */
export interface ConnectionTestInput extends ConnectionReplacement {
  /** Personal connections only: where the sample message goes. */
  to?: JsonObject
}
