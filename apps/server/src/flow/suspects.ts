/**
 * What was in hand when a process died may be what killed it. Such suspects, tasks and deliveries alike, run one at a time over the whole
 * process: two at once, and the death of one would count against the other. A stage keeps the turn until it has no suspect left.
 */
export interface SuspectTurn {
  /** Looks for a suspect when it is the stage's turn; null when there is none, or when another stage has the turn. */
  take<Suspect>(stage: string, look: () => Promise<Suspect | null>): Promise<Suspect | null>
}

/** `freed` is called when a stage gave the turn back that another one had asked for. */
export function createSuspectTurn(freed: () => void): SuspectTurn {
  let holder: string | null = null
  let refused = false

  return {
    async take(stage, look) {
      if (holder !== null && holder !== stage) {
        refused = true
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
          if (refused) {
            refused = false
            freed()
          }
        }
      }
    },
  }
}
