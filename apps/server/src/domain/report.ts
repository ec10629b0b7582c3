import type { Audience, Event } from './event.ts'
import type { Priority, Severity } from './event-type.ts'
import type { JsonObject } from './json.ts'
import type { Millis } from './time.ts'

/** What an application says happened, checked for shape but not yet against the catalogue. */
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
}

/** The caller's idempotency key, bound to the caller and hashed, and the hash of what was sent with it. */
export interface Idempotency {
  key: string
  hash: string
}

/** What an idempotency key means now: this request is the first, the first still runs, another body was sent with it, or its answer is known. */
export type KeyClaim = { kind: 'first' } | { kind: 'running' } | { kind: 'mismatch' } | { kind: 'answered'; status: number; body: string }

/** What goes to disk in one transaction for one request: its events, and the answer that a replay of its idempotency key gets. */
export interface Reported {
  events: Event[]
  /** JSON of the 202 answer. */
  answer: string
  idempotency: Idempotency | undefined
  at: Millis
}

/** What became of a report. `refused`: its idempotency key was used for something else. */
export type Stored = { kind: 'stored' } | { kind: 'replayed'; answer: string } | { kind: 'refused'; error: Error }

/** One answer of a batch: the event's id, or why it was refused (pointers are into that event). */
export type BatchResult<Refusal extends Error> = { id: string } | { error: Refusal }
