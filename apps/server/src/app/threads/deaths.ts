import type { Claimed } from '../../delivery/job.ts'
import { MAX_CRASHES } from '../../domain/task.ts'

/** Deliveries and events that are remembered. */
const REMEMBERED = 10_000

type Lost = Pick<Claimed, 'id' | 'eventId'>

/**
 * How many threads died with a delivery in them, or with its event: a delivery may be the cause, and so may an event with all its deliveries. An event that
 * was alone in a thread counts as much as a delivery, once for each of its deliveries that was there without another one: one poison recipient does not
 * condemn the rest. An event among others counts half, and never more than one death.
 */
export function createDeaths(most = REMEMBERED) {
  const counts = new Map<string, number>()
  /** Deliveries that were the only one in a thread that died: their events have been blamed for them. */
  const singles = new Set<string>()

  /** The one that was blamed longest ago is forgotten first. */
  function note(id: string, deaths: number): void {
    counts.delete(id)
    counts.set(id, deaths)
    if (counts.size > most) counts.delete(counts.keys().next().value!)
  }

  /** Whether these may be more culprits than those of the deaths before. */
  function isNew([first, ...others]: readonly Lost[]): boolean {
    if (first === undefined || others.length > 0) return true
    if (singles.has(first.id)) return false
    singles.add(first.id)
    if (singles.size > most) singles.delete(singles.keys().next().value!)
    return true
  }

  /** Deaths that are blamed on this delivery; with one it runs alone. */
  const blamedOn = ({ id, eventId }: Lost): number => Math.max(counts.get(id) ?? 0, Math.floor(counts.get(eventId) ?? 0))

  return {
    blamedOn,
    /**
     * So many deliveries of its event killed a thread that no other is given to it: a topic whose data kills each thread would kill one for each person. A
     * retry by hand has as many more, in all.
     */
    isCondemned: ({ eventId, attemptsBefore }: Pick<Claimed, 'eventId' | 'attemptsBefore'>): boolean =>
      (counts.get(eventId) ?? 0) >= MAX_CRASHES * (attemptsBefore > 0 ? 2 : 1),
    /** A thread died with these in it. */
    count(lost: readonly Lost[]): void {
      for (const { id } of lost) note(id, (counts.get(id) ?? 0) + 1)
      const events = new Set(lost.map(({ eventId }) => eventId))
      for (const id of events) {
        const before = counts.get(id) ?? 0
        note(id, events.size === 1 ? before + (isNew(lost) ? 1 : 0) : Math.max(before, Math.min(before + 0.5, 1)))
      }
    },
    /** The thread outlived it: neither it nor its event is to blame for every death. */
    survived({ id, eventId }: Lost): void {
      counts.delete(id)
      counts.delete(eventId)
      singles.delete(id)
    },
    /** It has ended; its event is blamed on. */
    ended({ id }: Lost): void {
      counts.delete(id)
      singles.delete(id)
    },
  }
}
