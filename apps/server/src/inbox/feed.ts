import { BOUNDS } from '../domain/bounds.ts'
import { type Resync, resyncFrame } from './frames.ts'
import { type After, type GreetParts, greet } from './greet.ts'
import { createHeartbeat } from './heartbeat.ts'
import type { LiveListener } from './live.ts'
import { type News, type Position, readNews } from './news.ts'
import type { Reader, Sink } from './reader.ts'
import { send } from './reader.ts'

export interface FeedParts extends GreetParts {
  subscribe: (userId: string, listener: LiveListener) => () => void
  /** Calls `run` every `ms` milliseconds until the returned function is called. */
  every: (ms: number, run: () => void) => () => void
  onError: (error: unknown) => void
}

export interface Opening {
  userId: string
  /** The last change number that the reader received on an earlier stream; `unknown` when it named one that was never its own. */
  after: After
  sink: Sink
  stillGood: () => Promise<boolean>
}

export interface Feed {
  /** Starts a stream. The transport calls the returned function when the connection is gone. */
  open: (opening: Opening) => () => void
  readers: () => number
  /** Whether this user may open one more stream on this node. */
  hasRoom: (userId: string) => boolean
  /** Keys or users ended on some node: before more is sent to anybody, it is asked whether the key or token of their stream is still valid. */
  doubt: () => void
  /** Ends every stream; the readers reconnect to another node, or to this one after its restart. */
  close: () => void
}

/** Users whose changes are read in one statement. */
const USERS = 100
/** Number of sent changes remembered per user, because a lower number may still be committed. */
const REMEMBERED = 128
/** Ticks in which a disconnected reader may receive its last bytes. */
const PATIENCE = 10

/** State of a user with at least one reader on this node. */
interface Audience {
  readers: Set<Reader>
  /** The highest change number sent. */
  cursor: number
  told: Set<number>
  leave: () => void
}

/**
 * The engine behind SSE and WebSocket. A notification only says "this user changed since N"; the changes are read from the store, once for
 * all readers of a user and for up to a hundred users together. An entry may be sent twice; readers merge by id.
 */
export function createFeed(parts: FeedParts): Feed {
  const { store, present, subscribe, every, onError } = parts
  const audiences = new Map<string, Audience>()
  const dirty = new Map<string, number | null>()
  const leaving = new Map<Sink, number>()
  let pumping = false
  let closed = false
  let ticks = 0
  let doubts = 0

  const heartbeat = createHeartbeat<Reader>((reader) => {
    reader.sink.beat()
    reader.stillGood().then((good) => good || cut(reader, 'signed_out'), onError)
  })
  const stopTicking = every(1000, () => {
    ticks++
    heartbeat.tick()
    for (const [sink, since] of leaving) if (ticks - since >= PATIENCE && leaving.delete(sink)) sink.destroy()
    if (closed && leaving.size === 0) stopTicking()
  })

  function join(reader: Reader): Audience {
    let audience = audiences.get(reader.userId)
    if (audience === undefined) {
      audience = { readers: new Set(), cursor: 0, told: new Set(), leave: subscribe(reader.userId, wake) }
      audiences.set(reader.userId, audience)
    }
    audience.readers.add(reader)
    heartbeat.add(reader)
    return audience
  }

  function part(reader: Reader): void {
    if (reader.state === 'closed') return
    reader.state = 'closed'
    heartbeat.remove(reader)
    const audience = audiences.get(reader.userId)
    audience?.readers.delete(reader)
    if (audience?.readers.size !== 0) return
    audience.leave()
    audiences.delete(reader.userId)
    dirty.delete(reader.userId)
  }

  function cut(reader: Reader, reason: Resync['reason']): void {
    if (reader.state === 'closed') return
    const id = audiences.get(reader.userId)?.cursor ?? 0
    part(reader)
    leaving.set(reader.sink, ticks)
    reader.sink.send(resyncFrame(id, reason))
    reader.sink.end(reason)
  }

  const cutAll = (userId: string, reason: Resync['reason']) => {
    for (const reader of [...(audiences.get(userId)?.readers ?? [])]) cut(reader, reason)
  }

  function wake(userId: string, since: number | null): void {
    const known = dirty.get(userId)
    dirty.set(userId, known === undefined ? since : since === null || known === null ? null : Math.min(known, since))
    if (pumping) return
    pumping = true
    setImmediate(() => void pump())
  }

  async function pump(): Promise<void> {
    while (dirty.size > 0) {
      const batch = [...dirty].slice(0, USERS)
      for (const [userId] of batch) dirty.delete(userId)
      try {
        for (const news of await readNews(store, present, await places(batch), known)) {
          await cutEnded(news.userId)
          hand(news)
        }
      } catch (error) {
        for (const [userId] of batch) cutAll(userId, 'unavailable') // they reconnect with their last number and miss nothing
        onError(error)
      }
      await new Promise((resolve) => setImmediate(resolve)) // SQLite is synchronous; yield to the event loop for requests
    }
    pumping = false
  }

  /** Whoever gets a deleted id next is somebody else, so nothing of theirs is sent on a stream that waits for its heartbeat to end. */
  async function cutEnded(userId: string): Promise<void> {
    const doubtful = [...(audiences.get(userId)?.readers ?? [])].filter(({ asOf }) => asOf !== doubts)
    const asOf = doubts
    await Promise.all(
      doubtful.map(async (reader) => {
        if (await reader.stillGood()) reader.asOf = asOf
        else cut(reader, 'signed_out')
      }),
    )
  }

  async function places(batch: [userId: string, since: number | null][]): Promise<Position[]> {
    const positions: Position[] = []
    for (const [userId, since] of batch) {
      const cursor = audiences.get(userId)?.cursor
      if (cursor !== undefined) positions.push({ userId, since: since ?? (await store.resumeFrom(userId, cursor)) ?? 0 })
    }
    return positions
  }

  const known = (userId: string, changed: number): boolean => audiences.get(userId)?.told.has(changed) ?? false

  /** Sends to every live reader of the user, synchronously. */
  function hand({ userId, since, frames }: News): void {
    const audience = audiences.get(userId)
    if (audience === undefined) return
    for (const { event, id } of frames) if (event === 'notification') remember(audience.told, id)
    audience.cursor = Math.max(audience.cursor, ...frames.map(({ id }) => id))
    for (const reader of [...audience.readers]) {
      if (reader.state === 'opening') reader.missed = Math.min(reader.missed ?? since, since)
      else if (!frames.every((frame) => send(reader, frame))) cut(reader, 'slow')
    }
  }

  async function begin(reader: Reader, after: After): Promise<void> {
    const audience = join(reader)
    try {
      audience.cursor = Math.max(audience.cursor, await greet(parts, reader, after))
    } catch (error) {
      cut(reader, 'unavailable')
      onError(error)
    }
  }

  return {
    open({ userId, after, sink, stillGood }) {
      const reader: Reader = { userId, sink, stillGood, asOf: doubts, state: 'opening', missed: null, counts: '' }
      void begin(reader, after)
      return () => {
        leaving.delete(sink)
        part(reader)
      }
    },
    hasRoom: (userId) => (audiences.get(userId)?.readers.size ?? 0) < BOUNDS.streams,
    doubt() {
      doubts++
    },
    readers: () => [...audiences.values()].reduce((sum, { readers }) => sum + readers.size, 0),
    close() {
      closed = true
      for (const userId of [...audiences.keys()]) cutAll(userId, 'stopping')
    },
  }
}

function remember(told: Set<number>, changed: number): void {
  told.add(changed)
  if (told.size <= REMEMBERED) return
  for (const oldest of told) {
    told.delete(oldest)
    return
  }
}
