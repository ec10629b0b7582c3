import { createKept, type Writing } from './kept.ts'
import type { Grouping } from './pace.ts'

/**
 * Gathers results and writes them together: at the end of the turn in which there are 64, otherwise after 4 ms, or before with a group that begins
 * anyway. Recording each alone took ten times as long.
 */
export interface Recorder<Result> {
  add(result: Result): void
  /** Resolves when all results so far are on disk or were refused. Refused ones are reported, kept, and tried again later. */
  flush(): Promise<void>
  /**
   * The last flush, also of kept results: the delivery of a result that is refused now stays leased until its lease ends. So does that of a result that
   * comes later: the stop cut it off, so it says nothing of its receiver.
   */
  end(): Promise<void>
}

export interface RecorderParts<Result> extends Writing<Result> {
  grouping: Grouping
}

const GATHER = 64
const WAIT_MS = 4

export function createRecorder<Result>(parts: RecorderParts<Result>): Recorder<Result> {
  let waiting: Result[] = []
  let timer: NodeJS.Timeout | undefined
  /** Flushes of what waits, and of the group that is being written. */
  let next: (() => void)[] = []
  let present: (() => void)[] = []
  let isWriting = false
  /** What waits is to be written as soon as nothing is being written. */
  let isDue = false
  let isEnded = false
  let isClosed = false
  const kept = createKept(parts)
  const pace = parts.grouping(begin)

  function due(): void {
    isDue = true
    if (!isWriting) pace.now()
  }

  function begin(): void {
    if (isWriting || waiting.length === 0) return
    const results = waiting
    waiting = []
    present = next
    next = []
    clearTimeout(timer)
    timer = undefined
    isDue = false
    isWriting = true
    void writeAll(results).then(written)
  }

  function written(left: Result[]): void {
    isWriting = false
    if (!isEnded) kept.add(left)
    // Only of this group: on a busy hub something always waits.
    for (const resolve of present) resolve()
    present = []
    if (isDue) pace.now()
  }

  /** Returns the results that could not be written. After a failure each result is tried alone, so that one bad result fails no other. */
  async function writeAll(results: Result[]): Promise<Result[]> {
    try {
      await parts.write(results)
      return []
    } catch (error) {
      parts.failed(error, results)
      if (results.length === 1 || parts.isStorageFailure(error)) return results
    }
    const { refused, untried } = await kept.tryEach(results)
    return [...refused, ...untried]
  }

  function flush(): Promise<void> {
    if (waiting.length === 0) return isWriting ? new Promise((resolve) => present.push(resolve)) : Promise.resolve()
    due()
    return new Promise((resolve) => next.push(resolve))
  }

  return {
    add(result) {
      if (isClosed) return
      waiting.push(result)
      // At the end of this turn of the event loop: results that arrive until then share the commit.
      if (waiting.length >= GATHER) due()
      else
        timer ??= setTimeout(() => {
          timer = undefined
          due()
        }, WAIT_MS)
    },
    flush,
    async end() {
      isEnded = true
      await Promise.all([flush(), kept.end()])
      await flush()
      isClosed = true
    },
  }
}
