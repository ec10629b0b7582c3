import type { Readable } from 'node:stream'

/** One mail that the library sends, and how long it may go on with it. */
export interface Beginnings {
  /** Aborts the library's work on this mail; the reason is the error that it ended with. */
  readonly signal: AbortSignal
  /** The library begins to write the mail: `stream` holds all of it. */
  begin(stream: Readable): void
  /** All of the mail was written to a connection, so the server may have it. */
  written(): boolean
  /** Gives up, for this reason. */
  abort(reason: Error): void
}

/**
 * The library begins again by itself when a connection was closed. That is right while no server can have the mail. A stream ends exactly when all of it
 * was handed to the connection; from then on a second beginning would be a second mail, so it is refused before a byte of it is written, and the hub
 * decides as for every attempt whose result is unknown.
 */
export function createBeginnings(): Beginnings {
  const streams: Readable[] = []
  const stop = new AbortController()
  const written = () => streams.some((stream) => stream.readableEnded)
  return {
    signal: stop.signal,
    begin(stream) {
      if (!written()) {
        streams.push(stream)
        return
      }
      stop.abort(Object.assign(new Error('Connection closed after the mail was written'), { code: 'ECONNECTION' }))
      stream.destroy()
    },
    written,
    abort: (reason) => stop.abort(reason),
  }
}
