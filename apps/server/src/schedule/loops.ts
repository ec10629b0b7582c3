import type { Clock, Millis } from '../domain/time.ts'
import { allEnded } from '../flow/all-ended.ts'
import { createLoop, type Loop } from '../flow/loop.ts'
import { createSingleFlight, type SingleFlightParts } from './single-flight.ts'
import type { Timers } from './timers.ts'

/** Work that the hub repeats by itself. */
export type LoopDefinition = {
  /** Unique, and stored when it is once per database. */
  name: string
  /** From one run to the next. */
  every: Millis
} & (
  | {
      once: 'per node'
      /** Other parts may wake it between two runs. */
      loop: Loop
    }
  | {
      once: 'per database'
      /** A part of a run, much shorter than a lease; returns whether there is more. */
      step(): Promise<boolean>
    }
)

export interface LoopsParts extends Omit<SingleFlightParts, 'failed'> {
  clock: Clock
  timers: Timers
  failed(what: string, error: unknown): void
}

export interface Loops {
  /** Each runs at once, then at its times. */
  start(): void
  /** No further runs; resolves when the running ones have ended. */
  stop(): Promise<void>
}

/** Runs every loop of the list. Of the nodes on one database, one at a time runs a loop that is once per database. */
export function createLoops(definitions: readonly LoopDefinition[], parts: LoopsParts): Loops {
  const runners = definitions.map((definition) => (definition.once === 'per node' ? onNode(definition, parts.timers) : onDatabase(definition, parts)))
  return {
    start() {
      for (const runner of runners) runner.start()
    },
    stop: () => allEnded(runners.map((runner) => runner.stop())),
  }
}

function onNode({ every, loop }: LoopDefinition & { once: 'per node' }, timers: Timers): Loops {
  let cancel = () => {}
  return {
    start() {
      cancel = timers.every(every, loop.wake)
      loop.wake()
    },
    async stop() {
      cancel()
      await loop.stop()
    },
  }
}

/** A node looks again when the next run is due, whichever node did the last one. */
function onDatabase({ name, every, step }: LoopDefinition & { once: 'per database' }, { failed, ...parts }: LoopsParts): Loops {
  const { clock, timers } = parts
  const flight = createSingleFlight({ ...parts, failed: (error) => failed(name, error) })
  let cancel = () => {}
  let stopping = false
  const loop = createLoop(
    async () => {
      let next = clock() + every
      try {
        next = await flight.run({ name, every, step })
      } finally {
        cancel()
        // A clock that was set back must not keep a loop from running for longer than its period.
        if (!stopping) cancel = timers.after(Math.min(Math.max(next - clock(), 0), every), loop.wake)
      }
      return false
    },
    (error) => failed(name, error),
  )
  return {
    start: loop.wake,
    async stop() {
      stopping = true
      cancel()
      flight.stop()
      await loop.stop()
    },
  }
}
