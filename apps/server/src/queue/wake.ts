import type { Clock, Millis } from '../domain/time.ts'
import type { Dialect } from '../storage/dialects/dialect.ts'
import type { Trx } from '../storage/schema.ts'

const CHANNEL = 'work'
/** Milliseconds after which work is found without a wake-up: another process may have written it, or the connection was down. */
const FALLBACK = 2000

export interface Waker {
  /** Notifies all nodes, once `trx` has committed, that tasks of this name wait; `dueAt` when they wait for a time. */
  tell(trx: Trx, name: string, dueAt?: Millis): Promise<void>
  /** Calls `wake` when tasks were committed and when delayed ones come due. Returns a function that stops it. */
  onWork(name: string, wake: () => void): () => void
  stop(): void
}

export interface WakerOptions {
  clock: Clock
  /** Milliseconds between two looks for work without a wake-up. */
  fallbackMs?: number | undefined
  /** When the earliest waiting task of a name is due, or null. */
  nextDue: (name: string) => Promise<Millis | null>
}

/** Wake-up for both engines. */
export function createWaker(dialect: Dialect, { clock, fallbackMs = FALLBACK, nextDue }: WakerOptions): Waker {
  const running = new Set<() => void>()

  function onWork(name: string, wake: () => void): () => void {
    let timer: NodeJS.Timeout | undefined
    let due = Number.POSITIVE_INFINITY
    let stopped = false

    /** One timer for the earliest known time. Times after the next fallback are left to the fallback. */
    function wakeAt(at: Millis): void {
      if (stopped || at >= due) return
      due = at
      clearTimeout(timer)
      timer = setTimeout(
        () => {
          due = Number.POSITIVE_INFINITY
          wake()
        },
        Math.min(Math.max(at - clock(), 0), 2 ** 31 - 1),
      )
    }

    async function look(): Promise<void> {
      const next = await nextDue(name).catch(() => null) // the database is away: the next look may find it
      if (stopped || next === null) return
      if (next <= clock()) wake()
      else wakeAt(next)
    }

    const unlisten = dialect.listen(
      CHANNEL,
      (payload) => {
        const [woken, dueAt] = payload.split(' ')
        if (woken !== name) return
        if (dueAt) wakeAt(Number(dueAt))
        else wake()
      },
      () => void look(),
    )
    const fallback = setInterval(() => void look(), fallbackMs)
    void look() // tasks may have waited before this listener existed

    const stop = () => {
      stopped = true
      running.delete(stop)
      unlisten()
      clearTimeout(timer)
      clearInterval(fallback)
    }
    running.add(stop)
    return stop
  }

  return {
    tell: (trx, name, dueAt) => dialect.notify(trx, CHANNEL, dueAt === undefined ? name : `${name} ${dueAt}`),
    onWork,
    stop() {
      for (const stop of running) stop()
    },
  }
}

/** Notifies of new tasks: once for those that are due, once for the earliest of those that are not. */
export async function tellOf(waker: Waker, trx: Trx, now: Millis, tasks: { name: string; dueAt?: Millis | undefined }[]): Promise<void> {
  for (const name of new Set(tasks.map((task) => task.name))) {
    const times = tasks.filter((task) => task.name === name).map((task) => task.dueAt ?? now)
    if (times.some((at) => at <= now)) await waker.tell(trx, name)
    const later = times.filter((at) => at > now)
    if (later.length > 0) await waker.tell(trx, name, Math.min(...later))
  }
}
