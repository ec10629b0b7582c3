/** A process as far as the requests to stop it go. */
export interface Stoppable {
  on(signal: 'SIGTERM' | 'SIGINT' | 'SIGHUP', asked: () => void): unknown
  readonly ppid: number
  readonly env: Readonly<Record<string, string | undefined>>
}

/** Milliseconds. Ctrl-C reaches a process that npm runs twice: from the terminal and from npm. That is one request. */
const SAME_REQUEST = 1000
const LOOK = 500

/**
 * Calls `stop` for every request to stop: SIGTERM, SIGINT (Ctrl-C), SIGHUP (the terminal was closed), and the end of the npm that started this process,
 * which passes on no signal that kills it, nor one that its shell keeps for itself. `again`: somebody asked before and does not want to wait.
 */
export function onStopSignals(process: Stoppable, stop: (again: boolean) => void): void {
  let askedAt: number | null = null
  const asked = (): void => {
    const now = performance.now()
    if (askedAt !== null && now - askedAt < SAME_REQUEST) return
    const again = askedAt !== null
    askedAt = now
    stop(again)
  }
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, asked)
  if (process.env['npm_command'] === undefined) return
  const parent = process.ppid
  const looking = setInterval(() => {
    if (process.ppid === parent) return
    clearInterval(looking)
    if (askedAt === null) asked()
  }, LOOK)
  looking.unref()
}
