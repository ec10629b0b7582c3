import type { Job } from '../delivery/job.ts'
import type { Clock, Millis } from '../domain/time.ts'
import type { Lane } from './lane.ts'
import { isUrgent } from './ready.ts'
import { createTurnstile } from './turnstile.ts'

/** How long a delivery is postponed when its destination hangs or fails. */
export const PUT_OFF: Millis = 5000

export interface DoorParts {
  clock: Clock
  /** Until when nothing is sent to a destination; null when it may be used. */
  closedUntil(destination: string): Millis | null
  /** The delivery goes back to the queue until then. */
  putOff(job: Job, until: Millis): void
}

/** The entrance of every destination: a turnstile, and the claimed deliveries that wait in front of it. */
export interface Door {
  /** Returns true when the delivery starts now. Otherwise it waits here, or it was put off. */
  enter(lane: Lane, job: Job): boolean
  /** For one that cannot wait here: null when it starts now, otherwise until when it is put off. */
  enterBeside(job: Job): Millis | null
  /** The attempt has ended. `worked` is null when the attempt says nothing about the destination itself. */
  leave(job: Job, worked: boolean | null): void
  /** Takes out the delivery that has waited longest for this destination: of the urgent ones, or every fourth time of all. */
  next(destination: string): { lane: Lane; job: Job } | undefined
  /** Puts off the deliveries that wait for destinations that have become slow. */
  sendAwaySlow(): void
  /** Removes and returns the deliveries that wait on this lane, or those of them that fit. */
  clear(lane: Lane, fits?: (job: Job) => boolean): Job[]
  /** Whether any delivery waits. */
  isOccupied(): boolean
}

export function createDoor({ clock, closedUntil, putOff }: DoorParts): Door {
  const turnstile = createTurnstile(clock)
  /** By destination. */
  const parked = new Map<string, { lane: Lane; job: Job }[]>()
  let turns = 0

  function park(lane: Lane, job: Job): void {
    lane.parked++
    const waiting = parked.get(job.destinationId)
    if (waiting) waiting.push({ lane, job })
    else parked.set(job.destinationId, [{ lane, job }])
  }

  function sendAway(destination: string, until: Millis): void {
    for (const { lane, job } of parked.get(destination) ?? []) {
      lane.parked--
      putOff(job, until)
    }
    parked.delete(destination)
  }

  return {
    enter(lane, job) {
      const until = closedUntil(job.destinationId)
      const answer = until !== null ? 'later' : turnstile.enter(job.destinationId, job.id)
      if (answer === 'go') return true
      if (answer === 'wait') park(lane, job)
      else {
        putOff(job, until ?? clock() + PUT_OFF)
        // Waiting deliveries start when one in flight ends. There may be none in flight any more, so they are put off.
        if (until !== null) sendAway(job.destinationId, until)
      }
      return false
    },
    enterBeside({ destinationId, id }) {
      const until = closedUntil(destinationId)
      if (until !== null) return until
      return turnstile.enter(destinationId, id, true) === 'go' ? null : clock() + PUT_OFF
    },
    leave: (job, worked) => turnstile.leave(job.destinationId, job.id, worked),
    next(destination) {
      const waiting = parked.get(destination)
      if (waiting === undefined) return undefined
      const urgent = turns++ % 4 === 3 ? -1 : waiting.findIndex(({ job }) => isUrgent(job))
      const [one] = waiting.splice(Math.max(urgent, 0), 1)
      if (waiting.length === 0) parked.delete(destination)
      if (one !== undefined) one.lane.parked--
      return one
    },
    sendAwaySlow() {
      for (const destination of parked.keys()) if (turnstile.isSlow(destination)) sendAway(destination, clock() + PUT_OFF)
    },
    clear(lane, fits = () => true) {
      const cleared: Job[] = []
      const goes = (one: { lane: Lane; job: Job }) => one.lane === lane && fits(one.job)
      for (const [destination, waiting] of parked) {
        const kept = waiting.filter((one) => !goes(one))
        for (const one of waiting) if (goes(one)) cleared.push(one.job)
        if (kept.length > 0) parked.set(destination, kept)
        else parked.delete(destination)
      }
      lane.parked -= cleared.length
      return cleared
    },
    isOccupied: () => parked.size > 0,
  }
}
