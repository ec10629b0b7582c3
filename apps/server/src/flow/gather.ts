/**
 * Group commit. Items added in the same turn of the event loop share one commit. Each caller is answered only after the commit that
 * holds its item. On a quick disk there is no timer. When a commit took more than 2 ms, the next group waits a third of that time
 * (at most 5 ms); on slow disks this committed a quarter more items in the same time.
 */
export interface Gather<Item, Result> {
  add(item: Item): Promise<Result>
  /** Resolves when nothing waits or runs. */
  idle(): Promise<void>
}

export interface GatherOptions<Item, Result> {
  /** Commits a group; one result per item, in order. */
  commit(group: Item[]): Promise<Result[]>
  /** Groups that may be in commit at once: 1 where there is one writer. */
  parallel: number
  /** Largest group. */
  size: number
  /** Whether the storage itself failed, not a row. Then no row is tried alone, and the whole group is refused. */
  isStorageFailure(error: unknown): boolean
}

interface Waiting<Item, Result> {
  item: Item
  resolve(result: Result): void
  reject(error: unknown): void
}

export function createGather<Item, Result>({ commit, parallel, size, isStorageFailure }: GatherOptions<Item, Result>): Gather<Item, Result> {
  let waiting: Waiting<Item, Result>[] = []
  let scheduled = false
  let inCommit = 0
  let lastMs = 0
  let idlers: (() => void)[] = []

  function schedule(): void {
    if (scheduled || waiting.length === 0 || inCommit >= parallel) return
    scheduled = true
    if (lastMs > 2) setTimeout(flush, Math.min(lastMs / 3, 5))
    else setImmediate(flush)
  }

  function flush(): void {
    scheduled = false
    const group = waiting.length > size ? waiting.slice(0, size) : waiting
    waiting = waiting.length > size ? waiting.slice(size) : []
    inCommit++
    void run(group)
    schedule()
  }

  async function run(group: Waiting<Item, Result>[]): Promise<void> {
    const began = performance.now()
    try {
      const results = await commit(group.map(({ item }) => item))
      lastMs = performance.now() - began
      for (let i = 0; i < group.length; i++) group[i]!.resolve(results[i]!)
    } catch (error) {
      // One bad row must not refuse its neighbours: they are tried again alone.
      if (group.length > 1 && !isStorageFailure(error)) await alone(group)
      else for (const { reject } of group) reject(error)
    } finally {
      inCommit--
      schedule()
      if (inCommit === 0 && waiting.length === 0) {
        for (const idler of idlers) idler()
        idlers = []
      }
    }
  }

  async function alone(group: Waiting<Item, Result>[]): Promise<void> {
    for (const [i, { item, resolve, reject }] of group.entries()) {
      try {
        const [result] = await commit([item])
        resolve(result!)
      } catch (error) {
        reject(error)
        if (!isStorageFailure(error)) continue
        for (const rest of group.slice(i + 1)) rest.reject(error)
        return
      }
    }
  }

  return {
    add: (item) =>
      new Promise<Result>((resolve, reject) => {
        waiting.push({ item, resolve, reject })
        schedule()
      }),
    idle: () => (inCommit === 0 && waiting.length === 0 ? Promise.resolve() : new Promise<void>((resolve) => idlers.push(resolve))),
  }
}
