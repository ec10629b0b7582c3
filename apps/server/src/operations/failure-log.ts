import { createAtMost } from '../domain/at-most.ts'
import { type Clock, MINUTE } from '../domain/time.ts'
import type { Log } from '../log.ts'
import { storageFailure } from '../storage/dialects/storage-error.ts'

/** Lines of one work in one minute. */
const LINES = 10

/**
 * The log of what failed in the background, with what happens meanwhile where `meanwhile` says it. While the database is away or full everything fails
 * again and again: then each work has a line at once, and one a minute. What fails for another reason may do so with each request, and has ten.
 */
export function createFailureLog(log: Pick<Log, 'error'>, clock: Clock): (what: string, error: unknown, meanwhile?: string) => void {
  const away = createAtMost(clock, MINUTE)
  const other = createAtMost(clock, MINUTE, LINES)
  return (what, error, meanwhile) => {
    const kind = storageFailure(error)
    const alike = kind === null ? other(what) : away(`${what} ${kind}`)
    if (alike !== null) log.error({ err: error, alike }, meanwhile === undefined ? `${what} failed` : `${what} failed: ${meanwhile}`)
  }
}
