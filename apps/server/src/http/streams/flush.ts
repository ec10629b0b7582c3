/** Lets a replay wait until the network has sent the written data. */
export interface Flush {
  /** Must be called when a write was sent, and when the connection is gone. */
  taken: () => void
  flushed: () => Promise<void>
}

export function createFlush(buffered: () => number, gone: () => boolean): Flush {
  let waiting: (() => void)[] = []
  return {
    taken() {
      if (waiting.length === 0 || (buffered() > 0 && !gone())) return
      const all = waiting
      waiting = []
      for (const resolve of all) resolve()
    },
    flushed: () => (buffered() === 0 || gone() ? Promise.resolve() : new Promise((resolve) => void waiting.push(resolve))),
  }
}
