/** Who works on suspects. */
export type SuspectLoop = 'fan-out' | 'delivery'

/**
 * What was in hand when a process died may be what killed it. Such suspects, tasks and deliveries alike, run one at a time over the whole
 * process: two at once, and the death of one would count against the other. A stage keeps the turn until it has no suspect left.
 */
export interface SuspectTurn {
  /** Looks for a suspect when it is the stage's turn; null when there is none, or when the other stage has the turn. */
  take<Suspect>(stage: SuspectLoop, look: () => Promise<Suspect | null>): Promise<Suspect | null>
}

/** `freed` is called for a stage that asked in vain, once the other one has given the turn back; never for the one that gave it. */
export function createSuspectTurn(freed: (stage: SuspectLoop) => void): SuspectTurn {
  let holder: SuspectLoop | null = null
  let refused: SuspectLoop | null = null

  return {
    async take(stage, look) {
      if (holder !== null && holder !== stage) {
        refused = stage
        return null
      }
      holder = stage
      let found = null
      try {
        found = await look()
        return found
      } finally {
        if (found === null) {
          holder = null
          const waiting = refused
          refused = null
          if (waiting !== null) freed(waiting)
        }
      }
    },
  }
}
