/**
 * Work that was in hand when a process died may be the cause. Such suspects, tasks and deliveries alike, run one at a time over the
 * whole process: if two ran at once, a crash caused by one would count against the other. Any number of loops share the turn. A refused
 * loop waits in line. After each suspect the turn goes to the loop that has waited longest, so none starves.
 */
export interface SuspectTurn {
  /**
   * Looks for a suspect when it is this loop's turn. The loop keeps the turn until it asks again, when it has dealt with its suspect.
   * Null when there is none, or when another loop has the turn.
   */
  take<Suspect>(loop: string, look: () => Promise<Suspect | null>): Promise<Suspect | null>
  /** The loop has stopped: it waits no longer, and a turn that it had goes to the next one. */
  leave(loop: string): void
}

/** `freed` is called for a refused loop that has the turn now. The turn is kept for it, so it has to ask again soon. */
export function createSuspectTurn(freed: (loop: string) => void): SuspectTurn {
  let holder: string | null = null
  /** Whether the holder has looked since it got the turn. */
  let looked = false
  /** Refused loops, the longest waiting first. Empty while no loop has the turn. */
  let line: string[] = []

  function passOn(): void {
    holder = line.shift() ?? null
    looked = false
    if (holder !== null) freed(holder)
  }

  return {
    async take(loop, look) {
      const mine = holder === null || holder === loop
      if (!mine || (looked && line.length > 0)) {
        if (!line.includes(loop)) line.push(loop)
        if (mine) passOn()
        return null
      }
      holder = loop
      looked = true
      let found = null
      try {
        found = await look()
        return found
      } finally {
        if (found === null && holder === loop) passOn()
      }
    },
    leave(loop) {
      line = line.filter((one) => one !== loop)
      if (holder === loop) passOn()
    },
  }
}
