import { createAtMost } from '../domain/at-most.ts'
import { type Clock, MINUTE } from '../domain/time.ts'
import type { Log } from '../log.ts'
import { storageFailure } from '../storage/dialects/storage-error.ts'

/**
 * The log of what failed in the background. While the database is away or full everything fails again and again: then each work has a line at
 * once, and one a minute.
 */
export function createFailureLog(log: Pick<Log, 'error'>, clock: Clock): (what: string, error: unknown) => void {
  const turn = createAtMost(clock, MINUTE)
  return (what, error) => {
    const kind = storageFailure(error)
    if (kind === null) return log.error({ err: error }, `${what} failed`)
    const alike = turn(`${what} ${kind}`)
    if (alike !== null) log.error({ err: error, alike }, `${what} failed`)
  }
}
