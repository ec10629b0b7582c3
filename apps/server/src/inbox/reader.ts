import type { Frame, Resync } from './frames.ts'

/** Maximum bytes waiting for one reader. A slower reader is disconnected, and reloads its list when it reconnects. */
const MAX_BUFFERED = 64 * 1024
/** Below this a replay continues. */
const ROOM = 16 * 1024

/** The connection to one reader; SSE and WebSocket implement it. It never throws: a broken connection causes the transport's `close` event. */
export interface Sink {
  send: (frame: Frame) => void
  /** Keeps proxies from closing an idle connection, and detects a dead peer. */
  beat: () => void
  /** Bytes not yet sent by the network. */
  buffered: () => number
  /** Resolves when everything was sent, or the reader is gone. */
  flushed: () => Promise<void>
  /** Closes after pending data was sent. */
  end: (reason: Resync['reason']) => void
  /** Closes at once. */
  destroy: () => void
}

export interface Reader {
  readonly userId: string
  readonly sink: Sink
  /** Whether the key or token that opened it is still valid. */
  readonly stillGood: () => Promise<boolean>
  /** The count of `Feed.doubt` when it was last found valid. */
  asOf: number
  /** opening: receives missed changes, and no live frames yet */
  state: 'opening' | 'live' | 'closed'
  /** Lowest number that arrived while it was opening. */
  missed: number | null
  /** The last counts sent; equal counts are not sent again. */
  counts: string
}

/** Sends to a reader, unless it is gone or the frame has nothing new. Returns false when it does not keep up and must be disconnected. */
export function send(reader: Reader, frame: Frame): boolean {
  if (reader.state === 'closed') return true
  if (frame.event === 'counts') {
    if (frame.data === reader.counts) return true
    reader.counts = frame.data
  }
  if (reader.sink.buffered() > MAX_BUFFERED) return false
  reader.sink.send(frame)
  return true
}

/** Sends at the reader's speed: for the replay, which may exceed the buffer. */
export async function sendPatiently(reader: Reader, frame: Frame): Promise<void> {
  if (reader.sink.buffered() > ROOM) await reader.sink.flushed()
  if (reader.state !== 'closed') reader.sink.send(frame)
}
