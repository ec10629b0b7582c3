import { createLoop } from './loop.ts'

/** Gathers results and writes them together: at the end of the turn in which there are 64, otherwise after 4 ms. Recording each alone took ten times as long. */
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

export function createRecorder<Result>(write: (results: Result[]) => Promise<void>, failed: (error: unknown, results: Result[]) => void): Recorder<Result> {
  let waiting: Result[] = []
  /** Results that could not be written. If one were dropped, its delivery would stay leased for as long as this process lives. */
  let kept: Result[] = []
  let timer: NodeJS.Timeout | undefined
  let retry: NodeJS.Timeout | undefined
  let flushed: (() => void)[] = []
  let writing = 0
  let ended = false

  const loop = createLoop(
    async () => {
      const results = waiting
      waiting = []
      clearTimeout(timer)
      timer = undefined
      writing = results.length
      const left = results.length > 0 ? await writeAll(results) : []
      writing = 0
      if (!ended) keep(left)
      if (waiting.length === 0) {
        for (const resolve of flushed) resolve()
        flushed = []
      }
      return waiting.length >= GATHER || (waiting.length > 0 && flushed.length > 0)
    },
    (error) => failed(error, []),
  )

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
    if (waiting.length > 0) loop.wake()
  }

  function flush(): Promise<void> {
    tryAgain()
    if (waiting.length === 0 && writing === 0) return Promise.resolve()
    return new Promise((resolve) => {
      flushed.push(resolve)
      loop.wake()
    })
  }

  return {
    add(result) {
      waiting.push(result)
      // At the end of this turn of the event loop: results that arrive until then share the commit.
      if (waiting.length === GATHER) setImmediate(loop.wake)
      else if (waiting.length < GATHER)
        timer ??= setTimeout(() => {
          timer = undefined
          loop.wake()
        }, WAIT_MS)
    },
    flush,
    end() {
      ended = true
      return flush()
    },
  }
}
