import type { Outcome } from '../delivery/outcome.ts'
import { createAtMost } from '../domain/at-most.ts'
import type { Event } from '../domain/event.ts'
import type { Told } from '../domain/notice.ts'
import { type Clock, MINUTE } from '../domain/time.ts'
import type { Log } from '../log.ts'
import type { Swept } from '../pipeline/sending.ts'

const LEVEL = { debug: 'debug', info: 'info', success: 'info', warning: 'warn', error: 'error', critical: 'error' } as const

/** Lines of one reason on one connection and in one minute: a vendor that refuses everything must not fill the disk with the log. */
const LINES = 10

/**
 * The log of outcomes for operators: deliveries that were given up; at `debug` also those that will be tried again. `alike`: how many dead letters of
 * the same reason and connection had no line since the last one.
 */
export function createOutcomeLog({ log, clock }: { log: Log; clock: Clock }): (outcomes: readonly Outcome[]) => void {
  const turn = createAtMost(clock, MINUTE, LINES)
  return (outcomes) => {
    for (const { delivery, state, error, tries, dueAt } of outcomes) {
      if (error === null || (state !== 'failed' && state !== 'queued')) continue
      const { id, eventId, channel, recipient, attempts } = delivery
      const connection = tries.at(-1)?.connectionId ?? delivery.connectionId
      const about = { delivery: id, event: eventId, channel, recipient, connection, attempts, why: error.code }
      if (state === 'queued') log.debug({ ...about, again: dueAt }, `an attempt failed: ${error.sentence}`)
      else {
        const alike = turn(`${connection} ${error.code}`)
        if (alike !== null) log.warn({ ...about, alike }, `a delivery failed for good: ${error.sentence}`)
      }
    }
  }
}

/** The log of what was taken back. Those that were given up have the lines of dead letters beside. */
export const createSweepLog =
  (log: Pick<Log, 'warn'>) =>
  ({ released, cutOff, astray, quarantined }: Pick<Swept, 'released' | 'cutOff' | 'astray'> & { quarantined: readonly unknown[] }): void => {
    if (released + quarantined.length > 0)
      log.warn(
        { released, quarantined: quarantined.length },
        'deliveries of a dead process were reclaimed: they may have been sent, and are tried again, one after the other; those of a single death wait at most a second for each other. Those that were in hand at three deaths are quarantined',
      )
    if (cutOff > 0)
      log.warn(
        { deliveries: cutOff },
        'deliveries that a stop cut off were put back into the queue: they may have been sent, and are sent again. A stop is no death: none of them is a suspect',
      )
    if (astray > 0)
      log.warn(
        { deliveries: astray },
        'deliveries were put back into the queue: the database claimed them for this process, and its answer was lost. They were not sent, and no attempt is counted',
      )
  }

/** The hub's own events: blocks, ends of blocks, health issues, destinations switched off. */
export function logSystemEvents(log: Log, events: readonly Event[]): void {
  for (const { type, severity, data, to } of events) log[LEVEL[severity]]({ type, data, to: to.flatMap((one) => (one.kind === 'user' ? [one.id] : [])) }, type)
}

/**
 * What was told to operators and people. Of a destination that was switched off its owner reads plain words, so the whole reason stands here; as many
 * lines as of dead letters.
 */
export function createNoticeLog({ log, clock }: { log: Log; clock: Clock }): (told: Told) => void {
  const turn = createAtMost(clock, MINUTE, LINES)
  return ({ notices, events }) => {
    logSystemEvents(
      log,
      events.filter(({ to }) => to.length === 0),
    )
    for (const { kind, target, user, channel, place, detail } of notices) {
      const alike = kind === 'destination.switched_off' ? turn(String(channel)) : null
      if (alike !== null) log.warn({ destination: target, user, channel, place, alike }, `a destination was switched off: ${detail}`)
    }
  }
}
