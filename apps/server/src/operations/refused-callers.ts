import { createAtMost } from '../domain/at-most.ts'
import type { RefusedRequest } from '../domain/refused-request.ts'
import { type Clock, MINUTE } from '../domain/time.ts'
import type { Log } from '../log.ts'
import type { Metrics } from './metrics.ts'

/** Statuses that say something about the caller, and nothing about the request. */
const CALLER: ReadonlySet<number> = new Set([401, 403, 429])
/** Lines of one minute: a scan with a thousand made-up keys must not fill the log. */
const LINES = 20

/**
 * Counts refused callers by reason, and writes a line for each reason and key: at once, then at most one a minute with the number of those between.
 */
export function createRefusedCallers(metrics: Metrics, { log, clock }: { log: Pick<Log, 'warn'>; clock: Clock }): (refused: RefusedRequest) => void {
  const total = metrics.counter('carillon_requests_refused_total', 'Requests that were refused because of their caller (401, 403, 429), by error code.', [
    'reason',
  ])
  const turn = createAtMost(clock, MINUTE)
  let minute = { ends: 0, lines: 0 }
  return ({ code, status, key, address, method, route }) => {
    if (!CALLER.has(status)) return
    total.add([code])
    const now = clock()
    if (now >= minute.ends || minute.ends - now > MINUTE) minute = { ends: now + MINUTE, lines: 0 }
    if (minute.lines >= LINES) return
    const alike = turn(`${code} ${key}`)
    if (alike === null) return
    minute.lines++
    log.warn({ reason: code, status, key, address, method, route, alike }, `a caller was refused: ${code}`)
  }
}
