import { type Clock, MINUTE } from '../domain/time.ts'
import { CarillonError } from '../errors.ts'

/** The rate limit of one caller for calls that make the hub call another server. Throws `too_many_requests` with `detail`. */
export function createLimit(clock: Clock, perMinute: number, detail: string): (actor: string) => void {
  const used = new Map<string, number[]>()
  return (actor) => {
    const now = clock()
    for (const [one, times] of used) if (now - times.at(-1)! >= MINUTE) used.delete(one)
    const recent = (used.get(actor) ?? []).filter((at) => now - at < MINUTE)
    if (recent.length >= perMinute) throw new CarillonError('too_many_requests', { detail, retryAfter: Math.ceil((recent[0]! + MINUTE - now) / 1000) })
    used.set(actor, [...recent, now])
  }
}
