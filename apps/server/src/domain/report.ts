import type { Audience } from './event.ts'
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
