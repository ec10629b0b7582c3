/**
 * One runner of a repeated step: `wake()` starts it, it runs until there is nothing left, and never twice at once.
 * A wake during a run is remembered, so work that arrives between the last look and the end of the run is not missed.
 */
export interface Loop {
  wake(): void
  /** No further steps; resolves when the running one has ended. */
  stop(): Promise<void>
}

/** `step` returns whether there may be more. An error goes to `failed` and ends the run; the next wake starts afresh. */
export function createLoop(step: () => Promise<boolean>, failed: (error: unknown) => void): Loop {
  let running: Promise<void> | null = null
  let again = false
  let stopped = false

  async function run(): Promise<void> {
    try {
      do {
        again = false
        // Between two steps the event loop is free for requests and responses.
        while (!stopped && (await step())) await nextTurn()
        if (again) await nextTurn()
      } while (again && !stopped)
    } catch (error) {
      failed(error)
    } finally {
      running = null
      if (again && !stopped) wake()
    }
  }

  function wake(): void {
    if (stopped) return
    again = true
    if (running === null) {
      running = Promise.resolve().then(run)
    }
  }

  return {
    wake,
    async stop() {
      stopped = true
      await running
    },
  }
}

export const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))
