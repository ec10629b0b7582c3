/** Notifications inside one process, held back until the transaction that sent them has committed. */
export interface LocalBus {
  send(channel: string, payload: string): void
  committed(): void
  rolledBack(): void
  listen(channel: string, heard: (payload: string) => void): () => void
}

export function createLocalBus(): LocalBus {
  const listeners = new Map<string, Set<(payload: string) => void>>()
  let pending: [channel: string, payload: string][] = []
  return {
    send: (channel, payload) => void pending.push([channel, payload]),
    committed() {
      if (pending.length === 0) return
      const told = pending
      pending = []
      // Not in the committer's call stack: an exception in a listener must not look like a failed commit.
      setImmediate(() => {
        for (const [channel, payload] of told) for (const heard of listeners.get(channel) ?? []) heard(payload)
      })
    },
    rolledBack() {
      pending = []
    },
    listen(channel, heard) {
      const own = (payload: string) => heard(payload) // the same function may be registered twice
      const set = listeners.get(channel) ?? new Set()
      listeners.set(channel, set.add(own))
      return () => void set.delete(own)
    },
  }
}
