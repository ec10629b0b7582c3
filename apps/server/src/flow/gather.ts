import { eachAlone } from './each-alone.ts'
import type { Grouping } from './pace.ts'

/** Group commit. Each caller is answered only after the commit that holds its item; `pace.ts` says when a group begins. */
export interface Gather<Item, Result> {
  add(item: Item): Promise<Result>
}

export interface GatherOptions<Item, Result> {
  /** Commits a group; one result per item, in order. */
  commit(group: Item[]): Promise<Result[]>
  /** Groups that may be in commit at once: 1 where there is one writer. */
  parallel: number
  /** Largest group, as the sum of its weights. A heavier item is a group by itself. */
  size: number
  weight(item: Item): number
  /** Whether the storage itself failed, not a row. Then no row is tried alone, and the whole group is refused. */
  isStorageFailure(error: unknown): boolean
  grouping: Grouping
}

interface Waiting<Item, Result> {
  item: Item
  resolve(result: Result): void
  reject(error: unknown): void
}

export function createGather<Item, Result>(options: GatherOptions<Item, Result>): Gather<Item, Result> {
  const { commit, parallel, size, weight, isStorageFailure, grouping } = options
  const waiting: Waiting<Item, Result>[] = []
  let inCommit = 0
  const pace = grouping(begin)

  const isReady = (): boolean => waiting.length > 0 && inCommit < parallel

  function schedule(): void {
    if (isReady()) pace.soon()
  }

  /** Where queues share their commits, another one may have asked for this group. */
  function begin(): void {
    if (!isReady()) return
    inCommit++
    void run(waiting.splice(0, fitting()))
    schedule()
  }

  /** How many of those that wait make up the next group. */
  function fitting(): number {
    let sum = 0
    for (const [i, { item }] of waiting.entries()) {
      sum += weight(item)
      if (sum > size && i > 0) return i
    }
    return waiting.length
  }

  async function run(group: Waiting<Item, Result>[]): Promise<void> {
    try {
      const results = await commit(group.map(({ item }) => item))
      for (let i = 0; i < group.length; i++) group[i]!.resolve(results[i]!)
    } catch (error) {
      // One bad row must not refuse its neighbours: they are tried again alone.
      if (group.length > 1 && !isStorageFailure(error)) await alone(group)
      else for (const { reject } of group) reject(error)
    } finally {
      inCommit--
      schedule()
    }
  }

  const alone = (group: readonly Waiting<Item, Result>[]): Promise<void> =>
    eachAlone(
      group,
      isStorageFailure,
      async ({ item, resolve }) => {
        const [result] = await commit([item])
        resolve(result!)
      },
      (refused, error) => {
        for (const { reject } of refused) reject(error)
      },
    )

  return {
    add: (item) =>
      new Promise<Result>((resolve, reject) => {
        waiting.push({ item, resolve, reject })
        schedule()
      }),
  }
}
