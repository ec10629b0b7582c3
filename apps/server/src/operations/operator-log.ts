import type { Outcome } from '../delivery/outcome.ts'
import type { Event } from '../domain/event.ts'
import type { Notice } from '../domain/notice.ts'
import type { Log } from '../log.ts'

const LEVEL = { debug: 'debug', info: 'info', success: 'info', warning: 'warn', error: 'error', critical: 'error' } as const

/** The log of outcomes for operators: deliveries that were given up; at `debug` also those that will be tried again. */
export function logOutcomes(log: Log, outcomes: readonly Outcome[]): void {
  for (const { delivery, state, error, tries, dueAt } of outcomes) {
    if (error === null || (state !== 'failed' && state !== 'queued')) continue
    const { id, eventId, channel, recipient, attempts } = delivery
    const about = { delivery: id, event: eventId, channel, recipient, connection: tries.at(-1)?.connectionId, attempts, why: error.code }
    if (state === 'failed') log.warn(about, `a delivery failed for good: ${error.sentence}`)
    else log.debug({ ...about, again: dueAt }, `an attempt failed: ${error.sentence}`)
  }
}

/** The hub's own events: blocks, ends of blocks, health issues, destinations switched off. */
export function logSystemEvents(log: Log, events: readonly Event[]): void {
  for (const { type, severity, data, to } of events) log[LEVEL[severity]]({ type, data, to: to.flatMap((one) => (one.kind === 'user' ? [one.id] : [])) }, type)
}

/** Why destinations were switched off: their owners are told in plain words, so the whole reason stands here. */
export function logSwitchedOff(log: Log, notices: readonly Notice[]): void {
  for (const { kind, target, user, channel, place, detail } of notices)
    if (kind === 'destination.switched_off') log.warn({ destination: target, user, channel, place }, `a destination was switched off: ${detail}`)
}
