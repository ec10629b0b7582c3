import type { Frame, Resync } from './frames.ts'

/** Bytes that may wait for one reader. Who is slower than that is cut, and reads its list again when it comes back. */
const MAX_BUFFERED = 64 * 1024
/** Below this a replay goes on. */
const ROOM = 16 * 1024

/** The way to one reader; SSE and WebSocket each have one. It never throws: a broken connection ends in the transport's `close` event. */
export interface Sink {
  send: (frame: Frame) => void
  /** Keeps proxies from closing a quiet connection, and finds out that a peer is gone. */
  beat: () => void
  /** Bytes that the network has not taken yet. */
  buffered: () => number
  /** Resolves when everything was taken, or the reader is gone. */
  flushed: () => Promise<void>
  /** Ends after what was sent. */
  end: (reason: Resync['reason']) => void
  /** Ends now. */
  destroy: () => void
}

export interface Reader {
  readonly userId: string
  readonly sink: Sink
  /** Whether the key or token that opened it is still good. */
  readonly stillGood: () => Promise<boolean>
  /** opening: is being told what it missed, and gets no live frames yet */
  state: 'opening' | 'live' | 'closed'
  /** Lowest number that came in while it was opening. */
  missed: number | null
  /** The counts it was told last: equal ones are not told again. */
  counts: string
}

/** Sends to a reader, unless it is gone or is told nothing new. Answers false when it does not keep up and has to be cut. */
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

/** Sends in the reader's own time: for the replay, which may be longer than the buffer. */
export async function sendPatiently(reader: Reader, frame: Frame): Promise<void> {
  if (reader.sink.buffered() > ROOM) await reader.sink.flushed()
  if (reader.state !== 'closed') reader.sink.send(frame)
}
