import type { Clock, Millis } from '../domain/time.ts'
import { nextTurn } from '../flow/loop.ts'
import type { Timers } from './timers.ts'

/** Which node runs which loop, and when it is due again; kept in the database. */
export interface Leases {
  /** Takes the lease when the loop is due and no living node holds it. A time further away than `every` was stored by a clock that was set back since. */
  claim(name: string, every: Millis): Promise<Claim>
  /** Prolongs a lease that this node holds; returns until when, or null when it was lost. */
  keep(name: string): Promise<Millis | null>
  /** Gives the lease back and stores when the loop is due again; does nothing when the lease was lost. */
  finish(name: string, nextAt: Millis): Promise<void>
}

/** `lookAt`: when a claim may succeed. */
export type Claim = { held: true; until: Millis } | { held: false; lookAt: Millis }

export interface SingleFlightParts {
  leases: Leases
  leaseMs: Millis
  clock: Clock
  timers: Timers
  failed(error: unknown): void
}

export interface SingleFlight {
  /** One run, if this node gets the lease. Returns when to look again. Throws when the lease could not be claimed or given back. */
  run(loop: { name: string; every: Millis; step: () => Promise<boolean> }): Promise<Millis>
  /** The present run ends after its step. */
  stop(): void
}

/** Lets one of several nodes run a loop. Its lease is kept during the run; a run whose lease was lost ends before its next step. */
export function createSingleFlight({ leases, leaseMs, clock, timers, failed }: SingleFlightParts): SingleFlight {
  let stopping = false

  return {
    async run({ name, every, step }) {
      const claim = await leases.claim(name, every)
      if (!claim.held) return claim.lookAt
      let until = claim.until
      const stopKeeping = timers.every(leaseMs / 3, () => {
        leases.keep(name).then((kept) => {
          until = kept ?? 0
        }, failed)
      })
      const mayGoOn = () => !stopping && clock() < until
      let next = clock() + every
      try {
        let more = true
        while (more && mayGoOn()) {
          more = await step()
          // Between two steps the event loop is free for requests and responses.
          await nextTurn()
        }
        // An unfinished run is continued by the first node that looks.
        next = more ? clock() : clock() + every
      } catch (error) {
        failed(error)
      } finally {
        stopKeeping()
      }
      await leases.finish(name, next)
      return next
    },
    stop() {
      stopping = true
    },
  }
}
