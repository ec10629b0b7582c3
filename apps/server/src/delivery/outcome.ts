import type { Refusal } from '../domain/connection.ts'
import type { HoldReason } from '../domain/decision.ts'
import type { DeliveryState } from '../domain/delivery.ts'
import type { Message } from '../domain/message.ts'
import type { Millis } from '../domain/time.ts'
import type { Trouble } from '../domain/trouble.ts'
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

/** The result of a try for a target's health; `error` null = it worked. */
export interface HealthReport {
  target: string
  error: string | null
  /** What that error means to a person. */
  trouble?: Trouble
  /** The field of the connection to correct, where the vendor named it: `/settings/from`. */
  field?: string
  /** The vendor works and refused this one, for a reason that is not known: such refusals are counted (`connections/alike.ts`). */
  refusal?: Refusal
  /** When the try began: a try that began before a block says nothing new. */
  at: Millis
  /** The vendor works but asked us to wait (429), in milliseconds. This is not a failure, and it applies to everything sent to the target. */
  pauseMs?: Millis
}

/** The result of one attempt, ready to be recorded. */
export interface Outcome {
  delivery: Claimed
  state: Extract<DeliveryState, 'sent' | 'queued' | 'held' | 'failed' | 'suppressed' | 'expired' | 'logged'>
  /** `held` only: the reason, and the end of the hold. */
  hold: { reason: HoldReason; until: Millis } | null
  /** `queued` only: when to try again. */
  dueAt: Millis | null
  tries: AttemptRecord[]
  health: HealthReport[]
  error: { code: string; sentence: string } | null
  externalId: string | null
  /** The message that was sent, to be kept; null when none was sent. */
  message: Message | null
  /** The destination is to be switched off, for this reason. */
  unreachable: string | null
  /** Since when it is unreachable, where the vendor gave a time. */
  goneSince?: Millis
  /** `queued` only: of several places, those that the next attempt need not ask. */
  settled: readonly string[] | null
  /** The attempt did not count: nothing was sent (its target is blocked, or the hub stops). */
  postponed: boolean
}

/** The outcome that all others start from: no connection was asked, and nothing is known. */
export const noOutcome = (delivery: Claimed): Outcome => ({
  delivery,
  state: 'failed',
  hold: null,
  dueAt: null,
  tries: [],
  health: [],
  error: null,
  externalId: null,
  message: null,
  unreachable: null,
  settled: null,
  postponed: false,
})

/** An attempt that was put off without being made. */
export const postponed = (delivery: Claimed, until: Millis): Outcome => ({ ...noOutcome(delivery), state: 'queued', dueAt: until, postponed: true })

/** An attempt that a rule holds. It was not made either, and the delivery is decided again at that time. */
export const heldBack = (delivery: Claimed, reason: HoldReason, until: Millis): Outcome => ({
  ...noOutcome(delivery),
  state: 'held',
  hold: { reason, until },
  postponed: true,
})

/** Ends a delivery without asking any connection. */
export function ended(
  delivery: Claimed,
  state: 'expired' | 'suppressed' | 'failed' | 'logged',
  error: { code: string; sentence: string } | null,
  at: Millis,
  message: Message | null = null,
): Outcome {
  const one: AttemptRecord = {
    connectionId: delivery.connectionId,
    at,
    ms: 0,
    outcome: state,
    code: error?.code ?? null,
    status: null,
    detail: error?.sentence ?? null,
  }
  return { ...noOutcome(delivery), state, error, message, tries: [one] }
}
