import type { Claimed, Job } from '../delivery/job.ts'
import type { Clock, Millis } from '../domain/time.ts'
import { PUT_OFF } from './door.ts'
import { type Lane, URGENT_SURPLUS } from './lane.ts'
import type { Reading } from './reading.ts'

/** A delivery that skips the queue of its connection. */
export interface Reservation extends Pick<Claimed, 'id' | 'lease' | 'connectionId' | 'destinationId'> {
  urgent: boolean
}

/** Deliveries that a process has in hand before it takes no more that skip a queue, and few that are claimed. Each is a suspect after a kill. */
export const MOST_IN_HAND = 1000

/** Deliveries that are leased to this process when they are planned: they are handed over in memory instead of being claimed. */
export interface HandOver {
  /**
   * Whether a delivery that is planned now may be stored as leased to this process. Follow it by `hand` or `handBack` after the commit, or by
   * `unreserve` after a rollback.
   */
  reserve(delivery: Reservation): boolean
  hand(jobs: readonly Job[]): void
  /** These cannot be made into jobs: they go back to the queue, for as long as one that cannot be read. */
  handBack(deliveries: readonly Claimed[]): void
  unreserve(deliveries: readonly Pick<Reservation, 'id'>[]): void
}

export interface HandOverParts {
  clock: Clock
  /** The open lane of a connection; undefined while there is none, and when the pump stops. */
  laneOf(connectionId: string): Lane | undefined
  /** Until when nothing is sent to a destination; null when it may be used. */
  closedUntil(destination: string): Millis | null
  /** Deliveries whose leases are kept: the number of the lease by id. */
  inHand: Map<string, number>
  reading: Pick<Reading, 'begin' | 'end' | 'admit'>
  /** The delivery goes back to the queue until then. */
  putOff(delivery: Claimed, until: Millis): void
  start(lane: Lane): void
}

/** The side door of the lanes. `waiting` counts the deliveries that are reserved and not handed over yet. */
export function createHandOver({ clock, laneOf, closedUntil, inHand, reading, putOff, start }: HandOverParts): HandOver & { waiting(): number } {
  /** The lane that gave each of them its place, which may have closed since, and its way, see `recalls.ts`. */
  const places = new Map<string, { lane: Lane; way: number }>()

  /** Whether it had a place. */
  function free({ id }: Pick<Reservation, 'id'>): boolean {
    const place = places.get(id)
    if (place === undefined) return false
    places.delete(id)
    place.lane.reserved--
    reading.end(place.way)
    return true
  }

  return {
    waiting: () => places.size,
    reserve({ id, lease, connectionId, destinationId, urgent }) {
      const lane = laneOf(connectionId)
      if (inHand.size >= MOST_IN_HAND + (urgent ? URGENT_SURPLUS : 0)) return false
      if (lane === undefined || !lane.takesUnqueued(urgent) || closedUntil(destinationId) !== null) return false
      lane.reserved++
      places.set(id, { lane, way: reading.begin() })
      inHand.set(id, lease)
      return true
    },
    hand(jobs) {
      const filled = new Set<Lane>()
      for (const job of jobs) {
        const lane = laneOf(job.connectionId)
        if (lane === undefined) putOff(job, clock())
        else if (reading.admit(job, places.get(job.id)?.way ?? 0)) {
          lane.ready.push(job)
          filled.add(lane)
        }
        free(job)
      }
      for (const lane of filled) start(lane)
    },
    handBack(deliveries) {
      for (const one of deliveries) if (free(one)) putOff(one, clock() + PUT_OFF)
    },
    unreserve(deliveries) {
      for (const one of deliveries) if (free(one)) inHand.delete(one.id)
    },
  }
}
