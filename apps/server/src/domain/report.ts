import type { Audience, Event } from './event.ts'
import type { Priority, Severity } from './event-type.ts'
import type { JsonObject } from './json.ts'
import type { Millis } from './time.ts'

/** A report by an application, checked for shape but not yet against the catalogue. */
export interface EventReport {
  type: string
  to: Audience[]
  data: JsonObject
  actor?: string
  channels?: string[]
  dedupKey?: string
  tags?: string[]
  severity?: Severity
  priority?: Priority
  sendAt?: Millis
  expiresAt?: Millis
  url?: string
  /** How many hubs it has passed; absent = none. */
  hops?: number
  /** The id of the one place that it is for; absent = all. No field of the public report. */
  place?: string
  /** Who reports, see `Event.reporter`; absent = the hub itself. No field of the public report. */
  reporter?: string
}

/** The caller's idempotency key, bound to the caller and hashed, and the hash of its request. */
export interface Idempotency {
  key: string
  hash: string
  /** The user for whom an application asks. When they are deleted, the key is free for whoever gets their id. */
  user?: string
}

/** The state of an idempotency key: this request is the first, the first still runs, it was used with another body, or its response is known. */
export type KeyClaim = { kind: 'first' } | { kind: 'running' } | { kind: 'mismatch' } | { kind: 'answered'; status: number; body: string }

/** The rows of one request, written in one transaction: its events, and the response for a replay of its idempotency key. */
export interface Reported {
  events: Event[]
  /** JSON of the 202 response. */
  answer: string
  idempotency: Idempotency | undefined
  at: Millis
}

/** The result of a report. `refused`: its idempotency key was used for another request. */
export type Stored = { kind: 'stored' } | { kind: 'replayed'; answer: string } | { kind: 'refused'; error: Error }

/** One result of a batch: the event's id, or why it was refused (pointers are into that event). */
export type BatchResult<Refusal extends Error> = { id: string } | { error: Refusal }
