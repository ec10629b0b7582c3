import type { Grouping } from './pace.ts'

/**
 * Gathers results and writes them together: at the end of the turn in which there are 64, otherwise after 4 ms, or before with a group that begins
 * anyway. Recording each alone took ten times as long.
 */
export interface Recorder<Result> {
  add(result: Result): void
  /** Resolves when all results so far are on disk or were refused. Refused ones are reported, kept, and tried again a second later. */
  flush(): Promise<void>
  /** The last flush: the delivery of a result that is refused now stays leased until its lease ends. */
  end(): Promise<void>
}

const GATHER = 64
const WAIT_MS = 4
/** How long results that could not be written are kept before they are tried again. */
const RETRY_MS = 1000

export function createRecorder<Result>(
  write: (results: Result[]) => Promise<void>,
  failed: (error: unknown, results: Result[]) => void,
  grouping: Grouping,
): Recorder<Result> {
  let waiting: Result[] = []
  /** Results that could not be written. If one were dropped, its delivery would stay leased for as long as this process lives. */
  let kept: Result[] = []
  let timer: NodeJS.Timeout | undefined
  let retry: NodeJS.Timeout | undefined
  let flushed: (() => void)[] = []
  let isWriting = false
  /** What waits is to be written as soon as nothing is being written. */
  let isDue = false
  let isEnded = false
  const pace = grouping(begin)

  function due(): void {
    isDue = true
    if (!isWriting) pace.now()
  }

  function begin(): void {
    if (isWriting || waiting.length === 0) return
    const results = waiting
    waiting = []
    clearTimeout(timer)
    timer = undefined
    isDue = false
    isWriting = true
    void writeAll(results).then(written)
  }

  function written(left: Result[]): void {
    isWriting = false
    if (!isEnded) keep(left)
    if (waiting.length === 0) {
      for (const resolve of flushed) resolve()
      flushed = []
    } else if (isDue || flushed.length > 0) pace.now()
  }

  /** Returns the results that could not be written. After a failure each result is tried alone, so that one bad result fails no other. */
  async function writeAll(results: Result[]): Promise<Result[]> {
    try {
      await write(results)
      return []
    } catch (error) {
      failed(error, results)
    }
    if (results.length === 1) return results
    const left: Result[] = []
    for (const result of results) await write([result]).catch(() => left.push(result))
    return left
  }

  function keep(results: Result[]): void {
    if (results.length === 0) return
    kept.push(...results)
    retry ??= setTimeout(tryAgain, RETRY_MS)
  }

  function tryAgain(): void {
    clearTimeout(retry)
    retry = undefined
    waiting.unshift(...kept)
    kept = []
    if (waiting.length > 0) due()
  }

  function flush(): Promise<void> {
    tryAgain()
    if (waiting.length === 0 && !isWriting) return Promise.resolve()
    return new Promise((resolve) => flushed.push(resolve))
  }

  return {
    add(result) {
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
    end() {
      isEnded = true
      return flush()
    },
  }
}
