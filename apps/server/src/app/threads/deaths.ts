import type { Claimed } from '../../delivery/job.ts'
import { MAX_CRASHES } from '../../domain/task.ts'

/** Deliveries and events that are remembered. */
const REMEMBERED = 10_000

type Lost = Pick<Claimed, 'id' | 'eventId'>

/**
 * How many threads died with a delivery in them, or with its event: a delivery may be the cause, and so may an event with all its deliveries. An event that
 * was alone in a thread counts as much as a delivery; one among others counts half, and never more than one death.
 */
export function createDeaths(most = REMEMBERED) {
  const counts = new Map<string, number>()

  /** The one that was blamed longest ago is forgotten first. */
  function note(id: string, deaths: number): void {
    counts.delete(id)
    counts.set(id, deaths)
    if (counts.size > most) counts.delete(counts.keys().next().value!)
  }

  /** Deaths that are blamed on this delivery; with one it runs alone. */
  const blamedOn = ({ id, eventId }: Lost): number => Math.max(counts.get(id) ?? 0, Math.floor(counts.get(eventId) ?? 0))

  return {
    blamedOn,
    /**
     * Its event alone killed so many threads that no other is given to it: a topic whose data kills each thread would kill one for each person. A retry by
     * hand has as many more, in all.
     */
    isCondemned: ({ eventId, attemptsBefore }: Pick<Claimed, 'eventId' | 'attemptsBefore'>): boolean =>
      (counts.get(eventId) ?? 0) >= MAX_CRASHES * (attemptsBefore > 0 ? 2 : 1),
    /** A thread died with these in it. */
    count(lost: readonly Lost[]): void {
      for (const { id } of lost) note(id, (counts.get(id) ?? 0) + 1)
      const events = new Set(lost.map(({ eventId }) => eventId))
      for (const id of events) {
        const before = counts.get(id) ?? 0
        note(id, events.size === 1 ? before + 1 : Math.max(before, Math.min(before + 0.5, 1)))
      }
    },
    /** The thread outlived it: neither it nor its event is to blame for every death. */
    survived({ id, eventId }: Lost): void {
      counts.delete(id)
      counts.delete(eventId)
    },
    /** It has ended; its event is blamed on. */
    ended({ id }: Lost): void {
      counts.delete(id)
    },
  }
}
