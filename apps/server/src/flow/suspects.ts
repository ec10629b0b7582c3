/**
 * Work that was in hand when a process died may be the cause. Such suspects, tasks and deliveries alike, run one at a time over the
 * whole process: if two ran at once, a crash caused by one would count against the other. Any number of loops share the turn. A refused
 * loop waits in line. After each suspect the turn goes to the loop that has waited longest, so none starves.
 * One that was there at a single death, and takes long, need not be waited for: others of a single death may run beside it. None of them is
 * quarantined by the next death, because that is its second. What is no suspect goes on beside all of them, and may cause a death as well.
 */
export interface SuspectTurn {
  /**
   * Looks for a suspect when it is this loop's turn. The loop keeps the turn until it asks again, when it has dealt with its suspect.
   * Null when there is none, or when another loop has the turn. Unless `alone`, only one that was there at a single death may be taken.
   */
  take<Suspect>(loop: string, look: (alone: boolean) => Promise<Suspect | null>): Promise<Suspect | null>
  /**
   * The suspect of the loop that has the turn was there at a single death, and goes on while that loop asks again. Call what it returns when the suspect
   * has ended.
   */
  letNext(): () => void
  /** The loop has stopped: it waits no longer, and a turn that it had goes to the next one. */
  leave(loop: string): void
}

/** `freed` is called for a refused loop that has to ask again: it has the turn now, which is kept for it, or it may look for others than before. */
export function createSuspectTurn(freed: (loop: string) => void): SuspectTurn {
  let holder: string | null = null
  /** Whether the holder has looked since it got the turn. */
  let looked = false
  /** Refused loops, the longest waiting first. Empty while no loop has the turn. */
  let line: string[] = []
  /** Suspects that go on beside the turn. */
  let beside = 0
  /** Loops that found nothing while there were some. */
  const unsatisfied = new Set<string>()

  function passOn(): void {
    holder = line.shift() ?? null
    looked = false
    if (holder !== null) freed(holder)
  }

  function missed(loop: string): void {
    if (beside > 0) unsatisfied.add(loop)
    else freed(loop)
  }

  function ended(): void {
    beside--
    if (beside > 0) return
    const loops = [...unsatisfied]
    unsatisfied.clear()
    for (const loop of loops) freed(loop)
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
      const alone = beside === 0
      try {
        found = await look(alone)
        return found
      } finally {
        if (found === null && !alone) missed(loop)
        if (found === null && holder === loop) passOn()
      }
    },
    letNext() {
      beside++
      return ended
    },
    leave(loop) {
      unsatisfied.delete(loop)
      line = line.filter((one) => one !== loop)
      if (holder === loop) passOn()
    },
  }
}
