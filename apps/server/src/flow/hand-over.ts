import type { Claimed, Job } from '../delivery/job.ts'
import type { Clock, Millis } from '../domain/time.ts'
import type { Lane } from './lane.ts'

/** A delivery that skips the queue of its connection. */
export type Reservation = Pick<Claimed, 'id' | 'connectionId' | 'destinationId'>

/** Deliveries that are leased to this process when they are planned: they are handed over in memory instead of being claimed. */
export interface HandOver {
  /**
   * Whether a delivery that is planned now may be stored as leased to this process. Follow it by `hand` after the commit, or by `unreserve` after a
   * rollback.
   */
  reserve(delivery: Reservation): boolean
  hand(jobs: readonly Job[]): void
  unreserve(deliveries: readonly Reservation[]): void
}

export interface HandOverParts {
  clock: Clock
  /** The open lane of a connection; undefined while there is none, and when the pump stops. */
  laneOf(connectionId: string): Lane | undefined
  /** Until when nothing is sent to a destination; null when it may be used. */
  closedUntil(destination: string): Millis | null
  /** Deliveries whose leases are kept, by id. */
  inHand: Set<string>
  /** The delivery goes back to the queue until then. */
  putOff(job: Job, until: Millis): void
  start(lane: Lane): void
}

/** The side door of the lanes. `waiting` counts the deliveries that are reserved and not handed over yet. */
export function createHandOver({ clock, laneOf, closedUntil, inHand, putOff, start }: HandOverParts): HandOver & { waiting(): number } {
  let waiting = 0

  function free({ connectionId }: Reservation): void {
    waiting--
    // The lane may have closed and opened again since.
    const lane = laneOf(connectionId)
    if (lane !== undefined && lane.reserved > 0) lane.reserved--
  }

  return {
    waiting: () => waiting,
    reserve({ id, connectionId, destinationId }) {
      const lane = laneOf(connectionId)
      if (lane === undefined || !lane.takesUnqueued() || closedUntil(destinationId) !== null) return false
      lane.reserved++
      waiting++
      inHand.add(id)
      return true
    },
    hand(jobs) {
      const filled = new Set<Lane>()
      for (const job of jobs) {
        free(job)
        const lane = laneOf(job.connectionId)
        if (lane === undefined) putOff(job, clock())
        else {
          lane.ready.push(job)
          filled.add(lane)
        }
      }
      for (const lane of filled) start(lane)
    },
    unreserve(deliveries) {
      for (const one of deliveries) {
        free(one)
        inHand.delete(one.id)
      }
    },
  }
}
