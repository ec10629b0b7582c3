import { counted } from '../domain/counted.ts'
import { type Clock, MINUTE, SECOND } from '../domain/time.ts'
import { saysOf, type Use } from '../domain/uses.ts'
import { CarillonError } from '../errors.ts'
import type { UseStore } from '../storage/security/uses.ts'

/** Takes all of these uses, or throws `too_many_requests` with the sentence of the limit that is used up. */
export type Take = (uses: readonly Use[]) => Promise<void>

export function createTake({ take }: Pick<UseStore, 'take'>, clock: Clock): Take {
  return async (uses) => {
    const usedUp = await take(uses)
    if (usedUp === null) return
    const { limit, pointer } = uses[usedUp.at]!
    const seconds = Math.max(1, Math.ceil((usedUp.until - clock()) / SECOND))
    const says = saysOf(limit)
    throw new CarillonError('too_many_requests', {
      detail: `${says} Try again in ${inWords(seconds)}.`,
      errors: pointer === undefined ? [] : [{ pointer, message: says }],
      retryAfter: seconds,
    })
  }
}

const inWords = (seconds: number): string =>
  seconds * SECOND < 2 * MINUTE ? counted(seconds, 'second') : counted(Math.ceil((seconds * SECOND) / MINUTE), 'minute')
