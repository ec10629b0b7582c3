import { eachAlone } from './each-alone.ts'
import { createPace, type Grouping, type Timed } from './pace.ts'

/**
 * Commits the groups of several queues. Where there is one writer, what the queues begin together shares one transaction. One that fails fails
 * no other: the rest is committed without it.
 */
export interface Committer<Tx> {
  grouping: Grouping
  /**
   * Runs in the transaction of the group that begins in this very call stack, or else in one of its own. It may run again after a rollback, so it
   * keeps nothing of the run before.
   */
  transaction<T>(run: (tx: Tx) => Promise<T>): Promise<T>
}

export interface CommitterOptions<Tx> {
  transaction<T>(run: (tx: Tx) => Promise<T>): Promise<T>
  /** Whether all queues begin together and share a transaction. */
  shared: boolean
  /** Whether the storage itself failed, not a row. Then the whole group is refused without another try. */
  isStorageFailure(error: unknown): boolean
  /** In the transaction, when everything is written: `works` is the number of those that share it. */
  beforeCommit(works: number): void
  /** Milliseconds that only rise. */
  now?: () => number
}

interface Work<Tx> {
  /** Returns what resolves its promise after the commit. */
  run(tx: Tx): Promise<() => void>
  refuse(error: unknown): void
}

export function createCommitter<Tx>({ shared, isStorageFailure, beforeCommit, now = () => performance.now(), ...engine }: CommitterOptions<Tx>): Committer<Tx> {
  /** What has asked for a transaction since the present group began; undefined between groups. */
  let begun: Work<Tx>[] | undefined
  const common = shared ? createLine() : undefined

  function createLine(): { begins: (() => void)[]; pace: Timed } {
    const begins: (() => void)[] = []
    const pace = createPace(() => {
      const works: Work<Tx>[] = []
      begun = works
      try {
        for (const begin of begins) begin()
      } finally {
        // Otherwise all later transactions would join a group that is never committed.
        begun = undefined
        if (works.length > 0) void commit(works, pace)
      }
    }, now)
    return { begins, pace }
  }

  async function commit(works: readonly Work<Tx>[], pace?: Timed): Promise<void> {
    const began = now()
    const failure = await attempt(works, () => pace?.committed(now() - began, works.length > 1))
    if (failure === null) return
    const { error, guilty } = failure
    const refused = isStorageFailure(error) || works.length === 1 ? works : guilty
    for (const { refuse } of refused) refuse(error)
    await apart(works.filter((one) => !refused.includes(one)))
  }

  const apart = (works: readonly Work<Tx>[]): Promise<void> =>
    eachAlone(
      works,
      isStorageFailure,
      async (work) => {
        const failure = await attempt([work])
        if (failure !== null) throw failure.error
      },
      (refused, error) => {
        for (const { refuse } of refused) refuse(error)
      },
    )

  /** One transaction. Returns why it was rolled back, and the work that threw; none when the commit itself failed. */
  async function attempt(works: readonly Work<Tx>[], committed = () => {}): Promise<{ error: unknown; guilty: Work<Tx>[] } | null> {
    const guilty: Work<Tx>[] = []
    const resolves: (() => void)[] = []
    try {
      await engine.transaction(async (tx) => {
        for (const work of works) {
          guilty[0] = work
          resolves.push(await work.run(tx))
        }
        guilty.pop()
        beforeCommit(works.length)
      })
    } catch (error) {
      return { error, guilty }
    }
    committed()
    for (const resolve of resolves) resolve()
    return null
  }

  return {
    grouping(begin) {
      const { begins, pace } = common ?? createLine()
      begins.push(begin)
      return pace
    },
    transaction: (run) =>
      new Promise((resolve, refuse) => {
        const work: Work<Tx> = {
          async run(tx) {
            const result = await run(tx)
            return () => resolve(result)
          },
          refuse,
        }
        if (begun === undefined) void commit([work])
        else begun.push(work)
      }),
  }
}
