/** Maximum bytes of one payload; below the 7,999 that PostgreSQL's NOTIFY accepts. */
const MAX_BYTES = 7900
const CHANNEL = 'carillon_inbox'

/** Called when the user's notifications from number `since` on are new; `since` is null when something may have been missed. */
export type LiveListener = (userId: string, since: number | null) => void

export interface LiveParts<Trx> {
  /** Notifies every node once `trx` has committed, and none when it rolls back. */
  notify: (trx: Trx, channel: string, payload: string) => Promise<void>
  listen: (channel: string, heard: (payload: string) => void, gap: () => void) => () => void
}

export interface Live<Trx> {
  /**
   * Called inside the transaction that wrote the rows: notifies the readers of these users, on every node, after the commit. `since` is the
   * lowest `notifications.changed` that the transaction assigned.
   */
  inboxChanged: (trx: Trx, userIds: string[], since: number) => Promise<void>
  /** One listener per node and user. Returns a function that removes it. */
  subscribe: (userId: string, listener: LiveListener) => () => void
  /** Notifies only this node; `inboxChanged` ends here after the commit. */
  publish: (userIds: string[], since: number) => void
  stop: () => void
}

/** The listeners on this node, and the bus to other nodes. A user without a reader costs one map lookup. */
export function createLive<Trx>({ notify, listen }: LiveParts<Trx>): Live<Trx> {
  const listeners = new Map<string, Set<LiveListener>>()

  function publish(userIds: string[], since: number): void {
    for (const userId of userIds) for (const listener of listeners.get(userId) ?? []) listener(userId, since)
  }

  function gap(): void {
    for (const [userId, set] of listeners) for (const listener of set) listener(userId, null)
  }

  const stop = listen(
    CHANNEL,
    (payload) => {
      const told = parse(payload)
      if (told !== null) publish(told.users, told.since)
    },
    gap,
  )

  return {
    async inboxChanged(trx, userIds, since) {
      for (const payload of payloads(userIds, since)) await notify(trx, CHANNEL, payload)
    },
    subscribe(userId, listener) {
      const set = listeners.get(userId) ?? new Set()
      listeners.set(userId, set.add(listener))
      return () => {
        set.delete(listener)
        if (set.size === 0 && listeners.get(userId) === set) listeners.delete(userId)
      }
    },
    publish,
    stop,
  }
}

/** `[since,"user",…]` in as few payloads as possible. */
export function payloads(userIds: string[], since: number): string[] {
  const texts: string[] = []
  const head = `[${since}`
  let text = head
  let bytes = head.length
  for (const userId of new Set(userIds)) {
    const more = `,${JSON.stringify(userId)}`
    const size = Buffer.byteLength(more)
    if (bytes + size + 1 > MAX_BYTES && text !== head) {
      texts.push(`${text}]`)
      text = head
      bytes = head.length
    }
    text += more
    bytes += size
  }
  if (text !== head) texts.push(`${text}]`)
  return texts
}

/** Null for payloads that no version of ours has sent: anyone who can write to the database can use the channel. */
function parse(payload: string): { users: string[]; since: number } | null {
  let value: unknown
  try {
    value = JSON.parse(payload)
  } catch {
    return null
  }
  if (!Array.isArray(value)) return null
  const [since, ...users]: unknown[] = value
  if (typeof since !== 'number' || !users.every((user): user is string => typeof user === 'string')) return null
  return { since, users }
}
