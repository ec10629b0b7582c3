/** Asks for the next group of a committer. Asking twice is asking once. */
export interface Pace {
  /** At the end of this turn of the event loop; later after a slow commit, and between commits that were shared. */
  soon(): void
  /** At the end of this turn, whatever was before. */
  now(): void
}

/** Adds a queue: `begin` is called when the next group begins, and takes what waits there. */
export type Grouping = (begin: () => void) => Pace

/** Milliseconds between two commits while they are shared. */
const GAP_MS = 2
/** A commit of more milliseconds is slow. The next group waits a third of that time, at most 5 ms. */
const SLOW_MS = 2
const LONGEST_MS = 5

export interface Timed extends Pace {
  /** A commit has ended: how long it took, and whether several queues shared it. */
  committed(ms: number, shared: boolean): void
}

/**
 * When the next group begins. On a quick disk there is no timer: what comes in one turn of the event loop shares a commit. On slow disks the wait
 * committed a quarter more items in the same time. The gap begins only after a commit that was shared: then both kinds come all the time, and each
 * commit that is saved is time of the main thread. With reports alone it gained nothing.
 */
export function createPace(begin: () => void, now: () => number = () => performance.now()): Timed {
  let asked: 'no' | 'later' | 'now' = 'no'
  let timer: NodeJS.Timeout | undefined
  let waitMs = 0
  let notBefore = 0

  function go(): void {
    asked = 'no'
    begin()
  }

  function atOnce(): void {
    if (asked === 'now') return
    clearTimeout(timer)
    asked = 'now'
    setImmediate(go)
  }

  return {
    soon() {
      if (asked !== 'no') return
      const wait = Math.max(waitMs, notBefore - now())
      // A timer of less than a millisecond waits for a whole one.
      if (wait < 1) return atOnce()
      asked = 'later'
      timer = setTimeout(go, wait)
    },
    now: atOnce,
    committed(ms, shared) {
      waitMs = ms > SLOW_MS ? Math.min(Math.max(ms / 3, 1), LONGEST_MS) : 0
      notBefore = shared ? now() + GAP_MS : 0
    },
  }
}
