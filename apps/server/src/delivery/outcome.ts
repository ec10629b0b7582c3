import type { DeliveryState } from '../domain/delivery.ts'
import type { Message } from '../domain/message.ts'
import type { Millis } from '../domain/time.ts'
import type { Claimed } from './job.ts'

/** One try of one connection. A failover makes several of them in one attempt. */
export interface AttemptRecord {
  connectionId: string
  at: Millis
  ms: number
  outcome: 'sent' | 'retry' | 'failed' | 'failover' | 'suppressed' | 'expired' | 'logged'
  code: string | null
  status: number | null
  detail: string | null
}

/** What a try said about a target's health; `error` null = it worked. */
export interface HealthReport {
  target: string
  error: string | null
  /** When the try began: what set out before a block says nothing new. */
  at: Millis
  /** The vendor works but wants us to wait (429), milliseconds: this is no failure, and it concerns everything for the target. */
  pauseMs?: Millis
}

/** What one attempt came to, ready to be recorded. */
export interface Outcome {
  delivery: Claimed
  state: Extract<DeliveryState, 'sent' | 'queued' | 'failed' | 'suppressed' | 'expired' | 'logged'>
  /** `queued` only: when to try again. */
  dueAt: Millis | null
  tries: AttemptRecord[]
  health: HealthReport[]
  error: { code: string; sentence: string } | null
  externalId: string | null
  /** What was sent, to be kept; null when nothing was. */
  message: Message | null
  /** The destination is to be switched off, and why. */
  unreachable: string | null
  /** Since when, where the vendor said it. */
  goneSince?: Millis
  /** `queued` only: of several places, those that the next attempt need not ask. */
  settled: readonly string[] | null
  /** The attempt did not count: nothing left the house (its target is blocked, or the hub stops). */
  postponed: boolean
}

/** An attempt that was put off without being made. */
export const postponed = (delivery: Claimed, until: Millis): Outcome => ({
  delivery,
  state: 'queued',
  dueAt: until,
  tries: [],
  health: [],
  error: null,
  externalId: null,
  message: null,
  unreachable: null,
  settled: null,
  postponed: true,
})
