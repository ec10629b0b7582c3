import type { Claimed } from '../../delivery/job.ts'
import type { Outcome } from '../../delivery/outcome.ts'
import { createAtMost } from '../../domain/at-most.ts'
import { counted } from '../../domain/counted.ts'
import { type Clock, MINUTE } from '../../domain/time.ts'
import type { Log } from '../../log.ts'

/** Lines in one minute. */
const LINES = 10
/** Deliveries that a line names. */
const NAMED = 5

/** A thread that ended though nobody asked for it. */
export interface Death {
  reason: unknown
  /** What was in it, with what becomes of it. */
  lost: readonly { delivery: Claimed; outcome: Outcome }[]
}

/** Says of each death what was in the thread, what happens now and what an operator may do; `alike`: deaths that had no line since the last one. */
export function createDeathLog({ log, clock }: { log: Pick<Log, 'error'>; clock: Clock }): (death: Death) => void {
  const turn = createAtMost(clock, MINUTE, LINES)
  return ({ reason, lost }) => {
    const alike = turn('death')
    if (alike === null) return
    const message = reason instanceof Error ? reason.message : String(reason)
    const deliveries = lost.slice(0, NAMED).map(({ delivery: { id, eventId, connectionId }, outcome }) => ({
      delivery: id,
      event: eventId,
      connection: connectionId,
      next: nextOf(outcome),
    }))
    const sentences = [`A thread that sends has died: ${message}.`, 'The main thread sends meanwhile.', ...(lost.length === 0 ? NOTHING : whatWasIn(lost))]
    log.error({ err: reason, lost: lost.length, ...(deliveries.length > 0 && { deliveries }), alike }, sentences.join(' '))
  }
}

type Next = 'tried again' | 'quarantined' | 'given up'

function nextOf({ state, error }: Outcome): Next {
  if (state === 'queued') return 'tried again'
  return error?.code === 'quarantined' ? 'quarantined' : 'given up'
}

const WORDS: Readonly<Record<Next, (them: string) => string>> = {
  'tried again': (them) => `${them} will be tried again, one at a time`,
  quarantined: (them) => `${them} will not: quarantined, because too many threads died`,
  'given up': (them) => `${them} will not: that was the last attempt`,
}

const NOTHING = ['Nothing was lost in it.', 'Where this lasts, give the process more memory or threads, or set CARILLON_SEND_THREADS=0.']

function whatWasIn(lost: Death['lost']): string[] {
  const fates = Map.groupBy(lost, ({ outcome }) => nextOf(outcome))
  const each = [...fates].map(([next, those]) => WORDS[next](String(those.length)))
  const events = new Set(lost.map(({ delivery }) => delivery.eventId))
  const event = events.size === 1 ? lost[0]!.delivery.eventId : '<id>'
  return [
    `In it: ${counted(lost.length, 'delivery', 'deliveries')}, which may have been sent; ${each.join('; ')}.`,
    `Where threads go on dying, cancel the event (DELETE /v1/events/${event}), or set CARILLON_SEND_THREADS=0.`,
  ]
}
